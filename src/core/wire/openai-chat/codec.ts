import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { FrameDecoder } from "#core/wire/frame-decoder.ts";
import { limitPatch, patchJsonBody } from "#core/wire/json-patch.ts";
import { encodeChatRequest } from "#core/wire/openai-chat/encode-request.ts";
import { chatFidelity } from "#core/wire/openai-chat/fidelity.ts";
import { openAiForwardedHeaders } from "#core/wire/openai-chat/forwarded-headers.ts";
import { decodeChatRequest } from "#core/wire/openai-chat/request.ts";
import { ChatFrameReader } from "#core/wire/openai-chat/frame-reader.ts";
import { ChatStreamWriter } from "#core/wire/openai-chat/stream-writer.ts";
import { chatTraits } from "#core/wire/openai-chat/traits.ts";
import { decodeWholeChat, encodeWholeChat } from "#core/wire/openai-chat/whole-answer.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";

/** OpenAI Chat Completions, both directions (OpenAI API reference, 2026). */
export const openAiChatCodec: Codec = {
  protocol: "openai-chat",
  operation: "chat",
  family: "openai",
  fidelity: chatFidelity,
  decodeRequest: (body) => ({ operation: "chat", chat: decodeChatRequest(body) }),
  forwardRequest: (body, { model, askUsage, renameLimit = false, outputLimit, limitField = "max_tokens" }) =>
    patchJsonBody(body, {
      model,
      streamUsage: askUsage && body.value["stream"] === true,
      ...(renameLimit ? { limitName: limitField } : {}),
      ...limitPatch(limitField, outputLimit),
    }),
  // The protocol has no place for opaque tokens.
  replaceTokens: () => undefined,
  traits: chatTraits,
  encodeRequest: (request, target) => encodeChatRequest(chatOf(request), target),
  decodeWhole: decodeWholeChat,
  encodeWhole: encodeWholeChat,
  createDecoder: (options) => new FrameDecoder(new ChatFrameReader(options)),
  createWriter: (context) => new ChatStreamWriter(context),
  renderError: renderOpenAiError,
  readError: readOpenAiError,
  forwardedHeaders: openAiForwardedHeaders,
};
