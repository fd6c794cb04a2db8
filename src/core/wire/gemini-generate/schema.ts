import { recordOf } from "#core/wire/json-value.ts";
import { camelCase } from "#core/wire/gemini-generate/fields.ts";

type Schema = Readonly<Record<string, unknown>>;

const typeWords: ReadonlySet<string> = new Set([
  "STRING",
  "NUMBER",
  "INTEGER",
  "BOOLEAN",
  "ARRAY",
  "OBJECT",
  "NULL",
  "TYPE_UNSPECIFIED",
]);
const limits: ReadonlySet<string> = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "minimum",
  "maximum",
]);
const namedSchemas: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
const schemas: ReadonlySet<string> = new Set([
  "items",
  "additionalProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const schemaLists: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

/**
 * A schema of a Gemini caller as JSON Schema: upper-case types lowered, `nullable` and `propertyOrdering` said in JSON
 * Schema's way, limits written as text turned into numbers. What is JSON Schema already stays as it is, names of properties,
 * defaults and examples always do.
 */
export function jsonSchemaOf(value: unknown): Schema {
  const given = recordOf(value) ?? {};
  const schema: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(given)) {
    const key = camelCase(name);
    // Google's JSON says nothing by null where a schema stands.
    if (member === null && isJudged(key)) continue;
    if (key === "type") {
      const type = typeOf(member);
      if (type !== undefined) schema["type"] = type;
    } else if (key === "nullable" || key === "propertyOrdering") continue;
    else if (key === "format" && member === "enum") continue;
    else if (key === "example") schema["examples"] ??= [member];
    else if (limits.has(key)) schema[key] = numberOf(member);
    else if (namedSchemas.has(key)) schema[key] = mapNamed(member);
    else if (schemaLists.has(key)) schema[key] = Array.isArray(member) ? member.map(subschema) : member;
    else if (schemas.has(key)) schema[key] = Array.isArray(member) ? member.map(subschema) : subschema(member);
    else schema[name] = member;
  }
  order(schema, given["propertyOrdering"] ?? given["property_ordering"]);
  return given["nullable"] === true ? nullable(schema) : schema;
}

function isJudged(key: string): boolean {
  return key === "type" || limits.has(key) || namedSchemas.has(key) || schemas.has(key) || schemaLists.has(key);
}

/** True and false are schemas too. */
function subschema(value: unknown): unknown {
  return recordOf(value) === undefined ? value : jsonSchemaOf(value);
}

function mapNamed(value: unknown): unknown {
  const named = recordOf(value);
  if (named === undefined) return value;
  return Object.fromEntries(Object.entries(named).map(([name, member]) => [name, subschema(member)]));
}

function typeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typeOf).filter((type) => type !== undefined);
  if (typeof value !== "string" || !typeWords.has(value.toUpperCase())) return value;
  return value.toUpperCase() === "TYPE_UNSPECIFIED" ? undefined : value.toLowerCase();
}

function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function order(schema: Record<string, unknown>, ordering: unknown): void {
  const properties = recordOf(schema["properties"]);
  if (properties === undefined || !Array.isArray(ordering)) return;
  const names = ordering.filter((name): name is string => typeof name === "string" && Object.hasOwn(properties, name));
  const ordered = new Set([...names, ...Object.keys(properties)]);
  schema["properties"] = Object.fromEntries([...ordered].map((name) => [name, properties[name]]));
}

function nullable(schema: Record<string, unknown>): Schema {
  const { type } = schema;
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(null)) schema["enum"] = [...schema["enum"], null];
  if (typeof type === "string" && type !== "null") return { ...schema, type: [type, "null"] };
  if (Array.isArray(type)) return { ...schema, type: type.includes("null") ? type : [...type, "null"] };
  if (Array.isArray(schema["anyOf"])) return { ...schema, anyOf: [...schema["anyOf"], { type: "null" }] };
  return schema;
}
