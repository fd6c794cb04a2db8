import { expect, test } from "bun:test";
import { isStrictSchema } from "#core/wire/strict-schema.ts";

const open = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };
const closed = { ...open, required: ["a"] };

test("pitfall 6 a schema is strict when every object in it requires all and allows nothing else", () => {
  for (const schema of [
    closed,
    { type: "string" },
    { ...closed, properties: { a: { type: "array", items: closed } } },
    { ...closed, properties: { a: { anyOf: [closed, { type: "null" }] } }, $defs: { b: closed } },
    { type: "object", properties: {}, additionalProperties: false },
  ]) {
    expect(isStrictSchema(schema)).toBe(true);
  }
  for (const schema of [
    open,
    { type: "object" },
    { type: ["object", "null"], properties: {} },
    { ...closed, additionalProperties: true },
    { ...closed, properties: { a: { type: "array", items: open } } },
    { ...closed, properties: { a: { anyOf: [open] } } },
    { ...closed, $defs: { b: open } },
  ]) {
    expect(isStrictSchema(schema)).toBe(false);
  }
});
