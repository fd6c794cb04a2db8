import { embeddingOf, type CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { EmbeddingRequest } from "#core/chat/request.ts";
import { AskedFeatures } from "#core/wire/asked-features.ts";
import type { EncodeTarget, RequestAddress } from "#core/wire/codec.ts";
import { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { decodeMedia } from "#core/wire/gemini-generate/media.ts";
import { modelOf, modelPath } from "#core/wire/gemini-generate/request.ts";
import { refuseField, refuseValue } from "#core/wire/request-fields.ts";

/**
 * The meaning of `embedContent`, and of `batchEmbedContents`, whose `requests` are the same again (Gemini API reference,
 * v1beta). Throws `invalid_request` naming the field.
 */
export function decodeEmbeddingRequest(
  value: Readonly<Record<string, unknown>>,
  address: RequestAddress,
): EmbeddingRequest {
  const body = new GeminiFields(value);
  const batch = body.value("requests") !== undefined;
  const requests = batch ? body.list("requests") : [body];
  const [first] = requests;
  if (first === undefined) throw refuseField(body.path("requests"), "must be a non-empty list");
  const asked = new AskedFeatures();
  const inputs = requests.map((request) => textOfRequest(request, asked));
  const dimensions = first.number("outputDimensionality");
  return {
    model: modelOf(address.model === undefined && batch ? first : body, address),
    inputs,
    ...(dimensions === undefined ? {} : { dimensions }),
    encoding: "float",
    asked: asked.features,
    batch,
  };
}

function textOfRequest(request: GeminiFields, asked: AskedFeatures): string {
  const content = request.fields("content");
  if (content === undefined) throw refuseField(request.path("content"), "must be an object");
  for (const name of ["taskType", "title"]) {
    const said = request.text(name);
    if (said !== undefined && said !== "TASK_TYPE_UNSPECIFIED") asked.add("embedding_task", request.path(name));
  }
  if (request.value("outputDimensionality") !== undefined) {
    asked.add("embedding_dimensions", request.path("outputDimensionality"));
  }
  const texts = content.list("parts").map((part) => {
    decodeMedia(part, asked);
    return part.text("text") ?? "";
  });
  return texts.join("\n");
}

const encoder = new TextEncoder();

/** An embedding request in Gemini's words, a batch unless there is one text. Throws `unsupported_value` for token lists. */
export function encodeEmbeddingRequest(request: CanonicalRequest, { model }: EncodeTarget): Uint8Array {
  const { inputs, dimensions, batch } = embeddingOf(request);
  const requests = inputs.map((input) => {
    if (typeof input !== "string") throw refuseValue("input", "holds tokens, and Gemini embeds texts alone");
    return {
      model: modelPath(model),
      content: { parts: [{ text: input }] },
      outputDimensionality: dimensions,
    };
  });
  const [only] = requests;
  return encoder.encode(JSON.stringify(batch !== true && requests.length === 1 ? only : { requests }));
}
