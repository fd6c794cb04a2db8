import type { ChatEvent } from "#core/chat/event.ts";
import type { Codec, EncodeContext, PieceDecoder } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { decodeEmbeddingRequest } from "#core/wire/openai-embeddings/request.ts";
import { decodeWholeEmbeddings, encodeWholeEmbeddings } from "#core/wire/openai-embeddings/whole-answer.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";

/** OpenAI Embeddings, both directions. The protocol has no streams: its decoder and encoder gather one body. */
export const openAiEmbeddingsCodec: Codec = {
  protocol: "openai-embeddings",
  decodeRequest: (body) => ({ operation: "embeddings", embedding: decodeEmbeddingRequest(body) }),
  decodeWhole: decodeWholeEmbeddings,
  encodeWhole: encodeWholeEmbeddings,
  createDecoder: gatherBody,
  createEncoder: gatherEvents,
  renderError: renderOpenAiError,
  renderStreamError: (error, requestId) => renderOpenAiError(error, requestId).body,
  heartbeat: new Uint8Array(),
  comment: () => new Uint8Array(),
  readError: readOpenAiError,
};

function gatherBody(): PieceDecoder {
  const chunks: Uint8Array[] = [];
  return {
    push: (bytes) => {
      chunks.push(bytes);
      return [];
    },
    end: () => {
      const raw = joinBytes(chunks);
      return [{ events: decodeWholeEmbeddings(raw), raw }];
    },
  };
}

function gatherEvents(context: EncodeContext): (event: ChatEvent) => Uint8Array {
  const events: ChatEvent[] = [];
  return (event) => {
    events.push(event);
    return event.type === "end" ? encodeWholeEmbeddings(events, context) : new Uint8Array();
  };
}
