import { expect, test } from "bun:test";
import { firstAdminIn, firstAdminLines } from "#cli/first-admin.ts";

test("the first administrator is found again in the lines that tell of it, and nobody in others", () => {
  const told = firstAdminLines({ user: { email: "root@localhost" }, key: "tok_adm_x" });
  expect(firstAdminIn(["before", ...told, "after"])).toEqual({ email: "root@localhost", key: "tok_adm_x" });
  expect(firstAdminIn(["before", "after"])).toBeUndefined();
  expect(firstAdminIn(told.slice(0, 1))).toBeUndefined();
});
