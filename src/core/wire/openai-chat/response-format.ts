import type { ChatRequest, Message, ResponseFormat } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { isStrictSchema } from "#core/wire/strict-schema.ts";

/** The form that the answer must have; what no one knows is named among the unknown fields. */
export function decodeResponseFormat(value: unknown, asked: AskedFeatures): Pick<ChatRequest, "responseFormat"> {
  const format = recordOf(value);
  switch (format?.["type"]) {
    case undefined:
    case "text":
      return {};
    case "json_object":
      asked.add("json_object", "response_format");
      return { responseFormat: { type: "json" } };
    case "json_schema": {
      const declared = recordOf(format?.["json_schema"]) ?? {};
      const name = textOf(declared["name"]);
      const description = textOf(declared["description"]);
      const strict = declared["strict"];
      asked.add("json_schema", "response_format");
      return {
        responseFormat: {
          type: "json-schema",
          schema: recordOf(declared["schema"]) ?? {},
          ...(name === undefined ? {} : { name }),
          ...(description === undefined ? {} : { description }),
          ...(typeof strict === "boolean" ? { strict } : {}),
        },
      };
    }
    default:
      asked.unknownFields.push("response_format");
      return {};
  }
}

/**
 * The form as OpenAI is told it; undefined for a server without any. A model without schemas is asked for JSON alone:
 * `formatInWords` says the rest. `strict` goes only with a schema that fits OpenAI's rules for it.
 */
export function encodeResponseFormat(format: ResponseFormat, target: EncodeTarget): unknown {
  if (format.type === "json" || !takesSchema(target)) {
    if (format.type !== "json") target.note("json_schema");
    return target.dialect.lacks.includes("json_object") ? undefined : { type: "json_object" };
  }
  const { name = "response", description, schema, strict } = format;
  const fits = strict !== true || isStrictSchema(schema);
  if (!fits) target.note("json_schema");
  const kept = target.dialect.strictTools ? { strict: fits ? strict : false } : {};
  return { type: "json_schema", json_schema: { name, description, schema, ...kept } };
}

/**
 * The form as an instruction: the schema, for a model that takes none, or a word about JSON where a conversation that is to
 * be answered in it has none, which OpenAI refuses. That is judged by its beginning, which later turns leave as it is.
 */
export function formatInWords(
  format: ResponseFormat | undefined,
  messages: readonly Message[],
  target: EncodeTarget,
): string | undefined {
  if (format === undefined) return undefined;
  if (format.type === "json") return speaksOfJson(messages) ? undefined : "Answer with JSON.";
  if (takesSchema(target)) return undefined;
  return `Answer with JSON alone, valid against this JSON Schema: ${JSON.stringify(format.schema)}`;
}

function speaksOfJson(messages: readonly Message[]): boolean {
  const asks = messages.findIndex(({ role }) => role === "user");
  const opening = asks < 0 ? messages : messages.slice(0, asks + 1);
  return opening.some(({ parts }) => parts.some((part) => part.type === "text" && /json/i.test(part.text)));
}

/** Whether the model takes a schema for its answer. */
export function takesSchema({ facts, dialect }: EncodeTarget): boolean {
  return facts.jsonSchema && !dialect.lacks.includes("json_schema");
}
