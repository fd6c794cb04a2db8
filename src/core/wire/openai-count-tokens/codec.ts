import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { decodeWholeCount, encodeWholeCount } from "#core/wire/openai-count-tokens/whole-answer.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { openAiResponsesCodec } from "#core/wire/openai-responses/codec.ts";
import { encodeCountRequest } from "#core/wire/openai-responses/encode-request.ts";
import { decodeResponsesRequest } from "#core/wire/openai-responses/request.ts";
import { gatherBody, WholeBodyWriter } from "#core/wire/whole-body.ts";

const encoder = new TextEncoder();

/** OpenAI's count of the tokens that a response would be made from: `POST /v1/responses/input_tokens`. Never streamed. */
export const openAiCountTokensCodec: Codec = {
  ...openAiResponsesCodec,
  protocol: "openai-count-tokens",
  operation: "count",
  decodeRequest: (body) => ({ operation: "count", chat: decodeResponsesRequest(body) }),
  encodeRequest: (request, target) => encoder.encode(JSON.stringify(encodeCountRequest(chatOf(request), target))),
  decodeWhole: decodeWholeCount,
  encodeWhole: encodeWholeCount,
  createDecoder: () => gatherBody(decodeWholeCount),
  createWriter: ({ requestId }) =>
    new WholeBodyWriter(encodeWholeCount, (error) => renderOpenAiError(error, requestId).body),
};
