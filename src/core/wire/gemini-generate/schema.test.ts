import { expect, test } from "bun:test";
import fc from "fast-check";
import { jsonSchemaOf } from "#core/wire/gemini-generate/schema.ts";

test("pitfall 27: types in upper case, nullable and limits written as text become valid JSON Schema", () => {
  expect(
    jsonSchemaOf({
      type: "OBJECT",
      propertyOrdering: ["b_b", "TYPE"],
      properties: {
        TYPE: { type: "STRING", nullable: true, enum: ["A"], format: "enum" },
        b_b: { type: "ARRAY", minItems: "1", max_items: "3", items: { type: "INTEGER", minimum: 1 } },
        nullable: { anyOf: [{ type: "NUMBER" }], nullable: true },
        type: { type: "TYPE_UNSPECIFIED", example: { type: "OBJECT" } },
      },
      required: ["TYPE"],
    }),
  ).toEqual({
    type: "object",
    properties: {
      b_b: { type: "array", minItems: 1, maxItems: 3, items: { type: "integer", minimum: 1 } },
      TYPE: { type: ["string", "null"], enum: ["A", null] },
      nullable: { anyOf: [{ type: "number" }, { type: "null" }] },
      type: { examples: [{ type: "OBJECT" }] },
    },
    required: ["TYPE"],
  });
});

test("pitfall 6: what is optional stays optional, and properties stand in the order that was asked for", () => {
  const schema = jsonSchemaOf({ type: "OBJECT", propertyOrdering: ["b"], properties: { a: {}, b: {} } });
  expect(schema).not.toHaveProperty("required");
  expect(Object.keys(schema["properties"] as object)).toEqual(["b", "a"]);
});

/** JSON Schemas with everything that Gemini's own dialect does not have. */
const { schema: arbitrarySchema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record(
      {
        type: fc.constantFrom("string", "integer", ["string", "null"]),
        description: fc.string(),
        default: fc.constantFrom(null, "OBJECT", { nullable: true }),
        const: fc.constantFrom("STRING", { type: "OBJECT" }),
        enum: fc.array(fc.constantFrom("STRING", "nullable"), { minLength: 1 }),
        exclusiveMinimum: fc.integer(),
        $ref: fc.constant("#/$defs/a"),
        x_vendor_word: fc.jsonValue({ maxDepth: 1 }),
      },
      { requiredKeys: [] },
    ),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a_b", "type", "propertyOrdering", "NULL"), tie("schema")),
      additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      propertyNames: tie("schema"),
      $defs: fc.dictionary(fc.constantFrom("a", "items"), tie("schema")),
    }),
    fc.record({ anyOf: fc.array(tie("schema")), items: tie("schema") }),
  ),
}));

test("JSON Schema stays as it is, byte for byte", () => {
  fc.assert(
    fc.property(arbitrarySchema, (schema) => {
      expect(JSON.stringify(jsonSchemaOf(schema))).toBe(JSON.stringify(schema));
    }),
  );
});
