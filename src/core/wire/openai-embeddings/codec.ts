import type { Codec } from "#core/wire/codec.ts";
import { patchJsonBody } from "#core/wire/json-patch.ts";
import { openAiForwardedHeaders } from "#core/wire/openai-chat/forwarded-headers.ts";
import { embeddingFidelity } from "#core/wire/openai-embeddings/fidelity.ts";
import { decodeEmbeddingRequest, encodeEmbeddingRequest } from "#core/wire/openai-embeddings/request.ts";
import { decodeWholeEmbeddings, encodeWholeEmbeddings } from "#core/wire/openai-embeddings/whole-answer.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { gatherBody, WholeBodyWriter } from "#core/wire/whole-body.ts";

/** OpenAI Embeddings, both directions. The protocol has no streams: its decoder and writer gather one body. */
export const openAiEmbeddingsCodec: Codec = {
  protocol: "openai-embeddings",
  operation: "embeddings",
  family: "openai",
  fidelity: embeddingFidelity,
  decodeRequest: (body) => ({ operation: "embeddings", embedding: decodeEmbeddingRequest(body) }),
  forwardRequest: (body, { model }) => patchJsonBody(body, { model }),
  replaceTokens: () => undefined,
  traits: () => ({
    toolName: { pattern: /^$/, most: 0 },
    callId: { pattern: /^$/, most: 0 },
    namespaces: false,
    customTools: false,
    midSystem: false,
    resultMedia: false,
    answeredCalls: false,
    tokens: [],
    stops: true,
  }),
  encodeRequest: encodeEmbeddingRequest,
  decodeWhole: decodeWholeEmbeddings,
  encodeWhole: encodeWholeEmbeddings,
  createDecoder: () => gatherBody(decodeWholeEmbeddings),
  createWriter: (context) =>
    new WholeBodyWriter(
      (events) => encodeWholeEmbeddings(events, context),
      (error) => renderOpenAiError(error, context.requestId).body,
    ),
  renderError: renderOpenAiError,
  readError: readOpenAiError,
  forwardedHeaders: openAiForwardedHeaders,
};
