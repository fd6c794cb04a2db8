import { chatOf } from "#core/chat/canonical-request.ts";
import { decodeWholeCount, encodeWholeCount } from "#core/wire/anthropic-count-tokens/whole-answer.ts";
import { readAnthropicError } from "#core/wire/anthropic-error/read-error.ts";
import { renderAnthropicError } from "#core/wire/anthropic-error/render-error.ts";
import { encodeCountRequest } from "#core/wire/anthropic-messages/encode-request.ts";
import { messagesFidelity } from "#core/wire/anthropic-messages/fidelity.ts";
import { anthropicForwardedHeaders } from "#core/wire/anthropic-messages/forwarded-headers.ts";
import { replaceTokens } from "#core/wire/anthropic-messages/replace-tokens.ts";
import { decodeMessagesRequest } from "#core/wire/anthropic-messages/request.ts";
import { messagesTraits } from "#core/wire/anthropic-messages/traits.ts";
import type { Codec } from "#core/wire/codec.ts";
import { patchJsonBody } from "#core/wire/json-patch.ts";
import { unstreamed } from "#core/wire/whole-body.ts";

/** Anthropic's count of the tokens of a Messages request, both directions: the same request without its limit. */
export const anthropicCountTokensCodec: Codec = {
  protocol: "anthropic-count-tokens",
  operation: "count",
  family: "anthropic",
  fidelity: messagesFidelity,
  decodeRequest: (body) => ({ operation: "count", chat: decodeMessagesRequest(body) }),
  forwardRequest: (body, { model }) => patchJsonBody(body, { model }),
  replaceTokens,
  traits: messagesTraits,
  encodeRequest: (request, target) => encodeCountRequest(chatOf(request), target),
  ...unstreamed({ decodeWhole: decodeWholeCount, encodeWhole: encodeWholeCount, renderError: renderAnthropicError }),
  readError: readAnthropicError,
  forwardedHeaders: anthropicForwardedHeaders,
};
