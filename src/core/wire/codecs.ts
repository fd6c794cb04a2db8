import { anthropicCountTokensCodec } from "#core/wire/anthropic-count-tokens/codec.ts";
import { anthropicMessagesCodec } from "#core/wire/anthropic-messages/codec.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import { geminiCountTokensCodec } from "#core/wire/gemini-count-tokens/codec.ts";
import { geminiEmbeddingsCodec } from "#core/wire/gemini-embeddings/codec.ts";
import { geminiGenerateCodec } from "#core/wire/gemini-generate/codec.ts";
import { openAiChatCodec } from "#core/wire/openai-chat/codec.ts";
import { openAiCompletionsCodec } from "#core/wire/openai-completions/codec.ts";
import { openAiCountTokensCodec } from "#core/wire/openai-count-tokens/codec.ts";
import { openAiEmbeddingsCodec } from "#core/wire/openai-embeddings/codec.ts";
import { openAiResponsesCodec } from "#core/wire/openai-responses/codec.ts";

/** Every protocol that is spoken, by name. */
export const codecs: Readonly<Record<Protocol, Codec>> = {
  "openai-chat": openAiChatCodec,
  "openai-responses": openAiResponsesCodec,
  "openai-completions": openAiCompletionsCodec,
  "openai-embeddings": openAiEmbeddingsCodec,
  "openai-count-tokens": openAiCountTokensCodec,
  "anthropic-messages": anthropicMessagesCodec,
  "anthropic-count-tokens": anthropicCountTokensCodec,
  "gemini-generate": geminiGenerateCodec,
  "gemini-count-tokens": geminiCountTokensCodec,
  "gemini-embeddings": geminiEmbeddingsCodec,
};
