import type { Codec } from "#core/wire/codec.ts";
import { decodeChatRequest } from "#core/wire/openai-chat/request.ts";
import { ChatStreamDecoder } from "#core/wire/openai-chat/stream-decoder.ts";
import { ChatStreamEncoder } from "#core/wire/openai-chat/stream-encoder.ts";
import { decodeWholeChat, encodeWholeChat } from "#core/wire/openai-chat/whole-answer.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError, renderOpenAiStreamError } from "#core/wire/openai-error/render-error.ts";

const encoder = new TextEncoder();

/** OpenAI Chat Completions, both directions (OpenAI API reference, 2026). */
export const openAiChatCodec: Codec = {
  protocol: "openai-chat",
  decodeRequest: (body) => ({ operation: "chat", chat: decodeChatRequest(body) }),
  decodeWhole: decodeWholeChat,
  encodeWhole: encodeWholeChat,
  createDecoder: (options) => new ChatStreamDecoder(options),
  createEncoder: (context) => {
    const encoder = new ChatStreamEncoder(context);
    return (event) => encoder.encode(event);
  },
  renderError: renderOpenAiError,
  renderStreamError: renderOpenAiStreamError,
  heartbeat: encoder.encode(": keep-alive\n\n"),
  comment: (line) => encoder.encode(`: ${line}\n\n`),
  readError: readOpenAiError,
};
