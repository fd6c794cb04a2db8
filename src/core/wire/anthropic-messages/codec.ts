import { chatOf } from "#core/chat/canonical-request.ts";
import { readAnthropicError } from "#core/wire/anthropic-error/read-error.ts";
import { renderAnthropicError } from "#core/wire/anthropic-error/render-error.ts";
import { encodeMessagesRequest } from "#core/wire/anthropic-messages/encode-request.ts";
import { messagesFidelity } from "#core/wire/anthropic-messages/fidelity.ts";
import { anthropicForwardedHeaders } from "#core/wire/anthropic-messages/forwarded-headers.ts";
import { MessageFrameReader } from "#core/wire/anthropic-messages/frame-reader.ts";
import { replaceTokens } from "#core/wire/anthropic-messages/replace-tokens.ts";
import { decodeMessagesRequest } from "#core/wire/anthropic-messages/request.ts";
import { MessageStreamWriter } from "#core/wire/anthropic-messages/stream-writer.ts";
import { messagesTraits } from "#core/wire/anthropic-messages/traits.ts";
import { decodeWholeMessage, encodeWholeMessage } from "#core/wire/anthropic-messages/whole-answer.ts";
import type { Codec } from "#core/wire/codec.ts";
import { FrameDecoder } from "#core/wire/frame-decoder.ts";
import { limitPatch, patchJsonBody } from "#core/wire/json-patch.ts";

/** Anthropic Messages, both directions (Anthropic API reference, 2026). */
export const anthropicMessagesCodec: Codec = {
  protocol: "anthropic-messages",
  operation: "chat",
  family: "anthropic",
  fidelity: messagesFidelity,
  decodeRequest: (body) => ({ operation: "chat", chat: decodeMessagesRequest(body) }),
  forwardRequest: (body, { model, outputLimit }) =>
    patchJsonBody(body, { model, ...limitPatch("max_tokens", outputLimit) }),
  replaceTokens,
  traits: messagesTraits,
  encodeRequest: (request, target) => encodeMessagesRequest(chatOf(request), target),
  decodeWhole: decodeWholeMessage,
  encodeWhole: encodeWholeMessage,
  createDecoder: (options) => new FrameDecoder(new MessageFrameReader(options)),
  createWriter: (context) => new MessageStreamWriter(context),
  renderError: renderAnthropicError,
  readError: readAnthropicError,
  forwardedHeaders: anthropicForwardedHeaders,
};
