import { listOf, recordOf } from "#core/wire/json-value.ts";

/**
 * Whether a JSON Schema fits OpenAI's rules for `strict` (API guide, "Structured Outputs"): of every object all properties are
 * required and no others allowed.
 */
export function isStrictSchema(schema: unknown): boolean {
  const fields = recordOf(schema);
  if (fields === undefined) return schema === undefined || typeof schema === "boolean";
  if (isObjectSchema(fields) && !isClosed(fields)) return false;
  for (const name of ["properties", "$defs", "definitions"]) {
    if (!Object.values(recordOf(fields[name]) ?? {}).every(isStrictSchema)) return false;
  }
  for (const name of ["anyOf", "oneOf", "allOf"]) if (!listOf(fields[name]).every(isStrictSchema)) return false;
  return isStrictSchema(fields["items"]);
}

function isObjectSchema(fields: Readonly<Record<string, unknown>>): boolean {
  const { type, properties } = fields;
  return type === "object" || listOf(type).includes("object") || recordOf(properties) !== undefined;
}

function isClosed(fields: Readonly<Record<string, unknown>>): boolean {
  const required = listOf(fields["required"]);
  const names = Object.keys(recordOf(fields["properties"]) ?? {});
  return fields["additionalProperties"] === false && names.every((name) => required.includes(name));
}
