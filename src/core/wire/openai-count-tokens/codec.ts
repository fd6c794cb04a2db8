import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { decodeWholeCount, encodeWholeCount } from "#core/wire/openai-count-tokens/whole-answer.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { openAiResponsesCodec } from "#core/wire/openai-responses/codec.ts";
import { encodeCountRequest } from "#core/wire/openai-responses/encode-request.ts";
import { decodeResponsesRequest } from "#core/wire/openai-responses/request.ts";
import { unstreamed } from "#core/wire/whole-body.ts";

/** OpenAI's count of the tokens that a response would be made from: `POST /v1/responses/input_tokens`. Never streamed. */
export const openAiCountTokensCodec: Codec = {
  ...openAiResponsesCodec,
  protocol: "openai-count-tokens",
  operation: "count",
  decodeRequest: (body) => ({ operation: "count", chat: decodeResponsesRequest(body) }),
  encodeRequest: (request, target) => encodeCountRequest(chatOf(request), target),
  ...unstreamed({ decodeWhole: decodeWholeCount, encodeWhole: encodeWholeCount, renderError: renderOpenAiError }),
};
