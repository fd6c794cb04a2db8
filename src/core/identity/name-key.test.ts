import { expect, test } from "bun:test";
import { nameKey } from "#core/identity/name-key.ts";

test("names that people take for one are one: case, space around and the form of a letter do not count", () => {
  for (const other of ["ZOË@example.com", " zoë@example.com ", "Zoe\u0308@Example.com"]) {
    expect(nameKey(other)).toBe(nameKey("zo\u00eb@example.com"));
  }
  expect(nameKey("zoe@example.com")).not.toBe(nameKey("zo\u00eb@example.com"));
});
