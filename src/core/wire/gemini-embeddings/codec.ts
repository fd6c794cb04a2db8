import type { Codec } from "#core/wire/codec.ts";
import { geminiEmbeddingFidelity } from "#core/wire/gemini-embeddings/fidelity.ts";
import { decodeEmbedRequest, encodeEmbedRequest } from "#core/wire/gemini-embeddings/request.ts";
import { decodeEmbeddings, encodeEmbeddings } from "#core/wire/gemini-embeddings/whole-answer.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";
import { forwardGeminiRequest, geminiForwardedHeaders } from "#core/wire/gemini-generate/forward-request.ts";
import { geminiTraits } from "#core/wire/gemini-generate/traits.ts";
import { gatherBody, WholeBodyWriter } from "#core/wire/whole-body.ts";

/** Google's `embedContent` and `batchEmbedContents`, both directions (Gemini API reference, v1beta). Never streamed. */
export const geminiEmbeddingsCodec: Codec = {
  protocol: "gemini-embeddings",
  operation: "embeddings",
  family: "gemini",
  fidelity: geminiEmbeddingFidelity,
  decodeRequest: ({ value }, address) => ({ operation: "embeddings", embedding: decodeEmbedRequest(value, address) }),
  forwardRequest: forwardGeminiRequest,
  // The protocol has no place for opaque tokens.
  replaceTokens: () => undefined,
  traits: () => geminiTraits,
  encodeRequest: encodeEmbedRequest,
  decodeWhole: decodeEmbeddings,
  encodeWhole: encodeEmbeddings,
  createDecoder: () => gatherBody(decodeEmbeddings),
  createWriter: (context) =>
    new WholeBodyWriter(
      (events) => encodeEmbeddings(events, context),
      (error) => renderGeminiError(error, context.requestId).body,
    ),
  renderError: renderGeminiError,
  readError: readGeminiError,
  forwardedHeaders: geminiForwardedHeaders,
};
