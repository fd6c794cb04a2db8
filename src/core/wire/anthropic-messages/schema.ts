import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Schema = Readonly<Record<string, unknown>>;

/**
 * The schema of a tool's input, which Anthropic wants to be an object without alternatives at its top. Alternatives become
 * one object with the properties of all, of which only those are required that every one requires; `changed` then.
 */
export function inputSchemaOf(parameters: Schema | undefined): { readonly schema: Schema; readonly changed: boolean } {
  if (parameters === undefined) return { schema: { type: "object", properties: {} }, changed: false };
  const { anyOf, oneOf, allOf, ...plain } = parameters;
  const alternatives = [...schemasIn(anyOf), ...schemasIn(oneOf)];
  const together = schemasIn(allOf);
  if (alternatives.length + together.length === 0) {
    return { schema: plain["type"] === "object" ? plain : { ...plain, type: "object" }, changed: false };
  }
  const everything = [...alternatives, ...together, plain].map((branch) => recordOf(branch["properties"]) ?? {});
  const [first = [], ...others] = alternatives.map(requiredOf);
  const shared = first.filter((name) => others.every((names) => names.includes(name)));
  const required = [...new Set([...requiredOf(plain), ...together.flatMap(requiredOf), ...shared])];
  const properties: Schema = Object.assign({}, ...everything);
  return { schema: { ...plain, type: "object", properties, required }, changed: true };
}

function schemasIn(list: unknown): Schema[] {
  return listOf(list)
    .map(recordOf)
    .filter((schema) => schema !== undefined);
}

function requiredOf(schema: Schema): string[] {
  return listOf(schema["required"]).flatMap((name) => textOf(name) ?? []);
}

/** Whether every object in a schema says that it has no other properties, as strict tools must. */
export function isClosedSchema(schema: Schema): boolean {
  const isObject = schema["type"] === "object" || schema["properties"] !== undefined;
  if (isObject && schema["additionalProperties"] !== false) return false;
  return innerSchemas(schema).every(isClosedSchema);
}

function innerSchemas(schema: Schema): Schema[] {
  const named = ["properties", "$defs", "definitions"].flatMap((key) => Object.values(recordOf(schema[key]) ?? {}));
  const listed = ["anyOf", "oneOf", "allOf", "prefixItems"].flatMap((key) => listOf(schema[key]));
  return schemasIn([...named, ...listed, schema["items"]]);
}

/** Keywords that bound values and that constrained decoding at Anthropic refuses. */
const bounds: ReadonlySet<string> = new Set([
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems"],
  ...["uniqueItems", "contains", "minContains", "maxContains", "minProperties", "maxProperties", "patternProperties"],
  ...["propertyNames", "unevaluatedProperties", "$schema"],
]);
const formats: ReadonlySet<unknown> = new Set([
  ...["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"],
]);

/**
 * A schema as constrained decoding takes it: objects are closed, `oneOf` is `anyOf`, and bounds are told in the description
 * instead; `changed` when it then says anything else.
 */
export function strictSchemaOf(schema: Schema): { readonly schema: Schema; readonly changed: boolean } {
  let changed = false;
  const convert = (value: unknown): unknown => {
    const inner = recordOf(value);
    return inner === undefined ? value : rewrite(inner);
  };
  const convertAll = (value: unknown): unknown =>
    Object.fromEntries(Object.entries(recordOf(value) ?? {}).map(([name, inner]) => [name, convert(inner)]));
  const rewrite = (from: Schema): Schema => {
    const to: Record<string, unknown> = {};
    const told: string[] = [];
    for (const [key, value] of Object.entries(from)) {
      if (key === "properties" || key === "$defs" || key === "definitions") to[key] = convertAll(value);
      else if (key === "anyOf" || key === "oneOf") to["anyOf"] = listOf(value).map(convert);
      else if (key === "allOf" || key === "prefixItems") to[key] = listOf(value).map(convert);
      else if (key === "items") to[key] = convert(value);
      else if (isBound(key, value)) told.push(...(key === "$schema" ? [] : [`${key}: ${JSON.stringify(value)}`]));
      else to[key] = value;
    }
    if (to["type"] === "object" || to["properties"] !== undefined) {
      changed ||= from["additionalProperties"] !== undefined && from["additionalProperties"] !== false;
      to["additionalProperties"] = false;
    }
    if (told.length === 0) return to;
    changed = true;
    const description = textOf(to["description"]);
    return { ...to, description: `${description === undefined ? "" : `${description}\n\n`}{${told.join(", ")}}` };
  };
  return { schema: rewrite(schema), changed };
}

function isBound(key: string, value: unknown): boolean {
  if (key === "format") return !formats.has(value);
  if (key === "minItems") return value !== 0 && value !== 1;
  return bounds.has(key);
}
