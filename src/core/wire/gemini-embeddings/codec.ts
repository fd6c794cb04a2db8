import type { Codec } from "#core/wire/codec.ts";
import { geminiEmbeddingFidelity } from "#core/wire/gemini-embeddings/fidelity.ts";
import { decodeEmbeddingRequest, encodeEmbeddingRequest } from "#core/wire/gemini-embeddings/request.ts";
import { decodeWholeEmbeddings, encodeWholeEmbeddings } from "#core/wire/gemini-embeddings/whole-answer.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";
import { forwardGeminiRequest, geminiForwardedHeaders } from "#core/wire/gemini-generate/forward-request.ts";
import { geminiTraits } from "#core/wire/gemini-generate/traits.ts";
import { unstreamed } from "#core/wire/whole-body.ts";

/** Google's `embedContent` and `batchEmbedContents`, both directions (Gemini API reference, v1beta). Never streamed. */
export const geminiEmbeddingsCodec: Codec = {
  protocol: "gemini-embeddings",
  operation: "embeddings",
  family: "gemini",
  fidelity: geminiEmbeddingFidelity,
  decodeRequest: ({ value }, address) => ({
    operation: "embeddings",
    embedding: decodeEmbeddingRequest(value, address),
  }),
  forwardRequest: forwardGeminiRequest,
  // The protocol has no place for opaque tokens.
  replaceTokens: () => undefined,
  traits: () => geminiTraits,
  encodeRequest: encodeEmbeddingRequest,
  ...unstreamed({
    decodeWhole: decodeWholeEmbeddings,
    encodeWhole: encodeWholeEmbeddings,
    renderError: renderGeminiError,
  }),
  readError: readGeminiError,
  forwardedHeaders: geminiForwardedHeaders,
};
