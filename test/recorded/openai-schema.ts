import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import { objectsOf } from "../harness/scripted-answer.ts";
import { recordedDirectory } from "./recorded-directory.ts";

type Fields = Record<string, unknown>;

let loaded: { readonly ajv: Ajv; readonly schemas: Fields } | undefined;

/** Checks values against a schema of OpenAI's published document by its name (`Response`). */
export function openAiSchema(name: string): ValidateFunction {
  loaded ??= load();
  return loaded.ajv.compile({ $ref: `openai#/components/schemas/${name}` });
}

/** The schema of each event of a Responses stream, by its `type`. */
export function responsesEventSchemas(): ReadonlyMap<string, ValidateFunction> {
  loaded ??= load();
  const { schemas } = loaded;
  const names = objectsOf((schemas["ResponseStreamEvent"] as Fields)["anyOf"]).map(({ $ref }) =>
    String($ref).slice("#/components/schemas/".length),
  );
  return new Map(
    names.map((name) => {
      const { properties } = schemas[name] as { properties: { type: { enum: readonly string[] } } };
      return [properties.type.enum[0] ?? name, openAiSchema(name)];
    }),
  );
}

/** Fields that OpenAI's own service sends as null, against its document; so do we, since clients are made for the service. */
const nullInReality = new Set(["system_fingerprint", "user", "usage"]);

/** What is wrong with a value, a line each; nothing when it is as the schema says. */
export function mistakes(check: ValidateFunction | undefined, value: unknown): string[] {
  if (check === undefined) return ["there is no such schema"];
  if (check(withoutNulls(value))) return [];
  return (check.errors ?? []).slice(0, 3).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}

function withoutNulls(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (inner === null && nullInReality.has(key) ? undefined : inner)),
  );
}

function load(): { readonly ajv: Ajv; readonly schemas: Fields } {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const text = readFileSync(join(recordedDirectory, "specs/openai-openapi.json"), "utf8");
  const document = repaired(JSON.parse(text)) as { components: { schemas: Fields } } & AnySchemaObject;
  ajv.addSchema(document, "openai");
  return { ajv, schemas: document.components.schemas };
}

/** OpenAPI's own words are no JSON Schema: `nullable` is said as a type, discriminators are left out. */
function repaired(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(repaired);
  if (typeof node !== "object" || node === null) return node;
  const { nullable, discriminator: _, ...rest } = node as Fields;
  const fields = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, repaired(value)]));
  return nullable === true ? { anyOf: [fields, { type: "null" }] } : fields;
}
