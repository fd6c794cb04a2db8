import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { FrameDecoder } from "#core/wire/frame-decoder.ts";
import { limitPatch, patchJsonBody } from "#core/wire/json-patch.ts";
import { openAiForwardedHeaders } from "#core/wire/openai-chat/forwarded-headers.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { encodeResponsesRequest } from "#core/wire/openai-responses/encode-request.ts";
import { responsesFidelity } from "#core/wire/openai-responses/fidelity.ts";
import { ResponseFrameReader } from "#core/wire/openai-responses/frame-reader.ts";
import { replaceTokens } from "#core/wire/openai-responses/replace-tokens.ts";
import { decodeResponsesRequest } from "#core/wire/openai-responses/request.ts";
import { ResponsesStreamWriter } from "#core/wire/openai-responses/stream-writer.ts";
import { responsesTraits } from "#core/wire/openai-responses/traits.ts";
import { decodeWholeResponse, encodeWholeResponse } from "#core/wire/openai-responses/whole-answer.ts";

/** OpenAI Responses, both directions (OpenAI API reference and SDK 7.55, 2026). */
export const openAiResponsesCodec: Codec = {
  protocol: "openai-responses",
  operation: "chat",
  family: "openai",
  fidelity: responsesFidelity,
  decodeRequest: (body) => ({ operation: "chat", chat: decodeResponsesRequest(body) }),
  forwardRequest: (body, { model, outputLimit }) =>
    patchJsonBody(body, { model, ...limitPatch("max_output_tokens", outputLimit) }),
  replaceTokens: replaceTokens,
  traits: responsesTraits,
  encodeRequest: (request, target) => encodeResponsesRequest(chatOf(request), target),
  decodeWhole: decodeWholeResponse,
  encodeWhole: encodeWholeResponse,
  createDecoder: (options) => new FrameDecoder(new ResponseFrameReader(options)),
  createWriter: (context) => new ResponsesStreamWriter(context),
  renderError: renderOpenAiError,
  readError: readOpenAiError,
  forwardedHeaders: openAiForwardedHeaders,
};
