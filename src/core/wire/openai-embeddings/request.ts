import { embeddingOf, type CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { Feature } from "#core/chat/feature.ts";
import type { EmbeddingRequest } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { optionalCount, refuseField, requiredText } from "#core/wire/request-fields.ts";

const mostDimensions = 65_536;

/** The meaning of an embeddings request (OpenAI API reference, "Create embeddings"). Throws `invalid_request`. */
export function decodeEmbeddingRequest({ value }: JsonBody): EmbeddingRequest {
  const model = requiredText(value, "model");
  const dimensions = optionalCount(value, "dimensions", mostDimensions);
  const encoding = value["encoding_format"] ?? "float";
  if (encoding !== "float" && encoding !== "base64") {
    throw refuseField("encoding_format", "must be 'float' or 'base64'");
  }
  const asked = new Map<Feature, string>();
  if (dimensions !== undefined) asked.set("embedding_dimensions", "dimensions");
  if (typeof value["user"] === "string") asked.set("user", "user");
  return {
    model,
    inputs: decodeInput(value["input"]),
    ...(dimensions === undefined ? {} : { dimensions }),
    encoding,
    asked,
  };
}

const encoder = new TextEncoder();

/** An embeddings request in OpenAI's words, vectors asked for as numbers. */
export function encodeEmbeddingRequest(request: CanonicalRequest, { model, dialect }: EncodeTarget): Uint8Array {
  const { inputs, dimensions } = embeddingOf(request);
  const lacks = dialect.lacks.includes("embedding_dimensions");
  const input = inputs.length === 1 ? inputs[0] : inputs;
  return encoder.encode(JSON.stringify({ model, input, encoding_format: "float", ...(lacks ? {} : { dimensions }) }));
}

/** One text, one list of token numbers, or a list of either. */
function decodeInput(input: unknown): EmbeddingRequest["inputs"] {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) throw wrongInput();
  const items: readonly unknown[] = input;
  if (isTokens(items)) return [items];
  return items.map((item) => {
    if (typeof item === "string") return item;
    const tokens: readonly unknown[] = Array.isArray(item) ? item : [item];
    if (!isTokens(tokens)) throw wrongInput();
    return tokens;
  });
}

function isTokens(list: readonly unknown[]): list is readonly number[] {
  return list.every((item) => typeof item === "number");
}

function wrongInput(): Error {
  return refuseField("input", "must be a non-empty string, list of strings or list of token lists");
}
