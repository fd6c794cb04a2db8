import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { decodeCountRequest, encodeCountRequest } from "#core/wire/gemini-count-tokens/request.ts";
import { decodeWholeCount, encodeWholeCount } from "#core/wire/gemini-count-tokens/whole-answer.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";
import { geminiFidelity } from "#core/wire/gemini-generate/fidelity.ts";
import { forwardGeminiRequest, geminiForwardedHeaders } from "#core/wire/gemini-generate/forward-request.ts";
import { replaceTokens } from "#core/wire/gemini-generate/replace-tokens.ts";
import { geminiTraits } from "#core/wire/gemini-generate/traits.ts";
import { unstreamed } from "#core/wire/whole-body.ts";

const encoder = new TextEncoder();

/** Google's `countTokens`, both directions (Gemini API reference, v1beta). Never streamed. */
export const geminiCountTokensCodec: Codec = {
  protocol: "gemini-count-tokens",
  operation: "count",
  family: "gemini",
  fidelity: geminiFidelity,
  decodeRequest: ({ value }, address) => ({ operation: "count", chat: decodeCountRequest(value, address) }),
  forwardRequest: forwardGeminiRequest,
  replaceTokens,
  traits: () => geminiTraits,
  encodeRequest: (request, target) => encoder.encode(encodeCountRequest(chatOf(request), target)),
  ...unstreamed({ decodeWhole: decodeWholeCount, encodeWhole: encodeWholeCount, renderError: renderGeminiError }),
  readError: readGeminiError,
  forwardedHeaders: geminiForwardedHeaders,
};
