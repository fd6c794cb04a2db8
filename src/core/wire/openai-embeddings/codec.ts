import type { Codec } from "#core/wire/codec.ts";
import { patchJsonBody } from "#core/wire/json-patch.ts";
import { openAiForwardedHeaders } from "#core/wire/openai-chat/forwarded-headers.ts";
import { chatTraits } from "#core/wire/openai-chat/traits.ts";
import { embeddingFidelity } from "#core/wire/openai-embeddings/fidelity.ts";
import { decodeEmbeddingRequest, encodeEmbeddingRequest } from "#core/wire/openai-embeddings/request.ts";
import { decodeWholeEmbeddings, encodeWholeEmbeddings } from "#core/wire/openai-embeddings/whole-answer.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { unstreamed } from "#core/wire/whole-body.ts";

/** OpenAI Embeddings, both directions. The protocol has no streams: its decoder and writer gather one body. */
export const openAiEmbeddingsCodec: Codec = {
  protocol: "openai-embeddings",
  operation: "embeddings",
  family: "openai",
  fidelity: embeddingFidelity,
  decodeRequest: (body) => ({ operation: "embeddings", embedding: decodeEmbeddingRequest(body) }),
  forwardRequest: (body, { model }) => patchJsonBody(body, { model }),
  // The protocol has no place for opaque tokens.
  replaceTokens: () => undefined,
  traits: chatTraits,
  encodeRequest: encodeEmbeddingRequest,
  ...unstreamed({
    decodeWhole: decodeWholeEmbeddings,
    encodeWhole: encodeWholeEmbeddings,
    renderError: renderOpenAiError,
  }),
  readError: readOpenAiError,
  forwardedHeaders: openAiForwardedHeaders,
};
