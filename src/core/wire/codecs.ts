import type { Codec, Protocol } from "#core/wire/codec.ts";
import { openAiChatCodec } from "#core/wire/openai-chat/codec.ts";
import { openAiEmbeddingsCodec } from "#core/wire/openai-embeddings/codec.ts";

/** Every protocol that is spoken, by name. */
export const codecs: Readonly<Record<Protocol, Codec>> = {
  "openai-chat": openAiChatCodec,
  "openai-embeddings": openAiEmbeddingsCodec,
};
