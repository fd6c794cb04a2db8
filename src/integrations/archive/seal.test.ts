import { expect, test } from "bun:test";
import { seal, unseal } from "#integrations/archive/seal.ts";

const canary = "canary-7d1f";

test("F120: what is sealed shows nowhere, and opens with its passphrase alone", async () => {
  const sealed = await seal({ "data/master.secret": canary }, "correct horse");
  expect(sealed).not.toContain(canary);
  expect(await unseal(sealed, "correct horse")).toEqual({ "data/master.secret": canary });
  await expect(unseal(sealed, "wrong horse")).rejects.toMatchObject({ details: { field: "passphrase" } });
});

test("the same secrets look different each time, and a changed seal does not open", async () => {
  const [one, other] = [await seal({ a: canary }, "correct horse"), await seal({ a: canary }, "correct horse")];
  expect(one).not.toBe(other);
  const { data, ...rest } = JSON.parse(one) as Record<string, string>;
  const changed = JSON.stringify({
    ...rest,
    data: `${data === undefined || data[0] === "A" ? "B" : "A"}${data?.slice(1)}`,
  });
  await expect(unseal(changed, "correct horse")).rejects.toMatchObject({ code: "invalid_request" });
  await expect(unseal("{}", "correct horse")).rejects.toMatchObject({ code: "invalid_request" });
});
