import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { decodeCountRequest, encodeCountRequest } from "#core/wire/gemini-count-tokens/request.ts";
import { decodeTokenCount, encodeTokenCount } from "#core/wire/gemini-count-tokens/token-count.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";
import { geminiFidelity } from "#core/wire/gemini-generate/fidelity.ts";
import { forwardGeminiRequest, geminiForwardedHeaders } from "#core/wire/gemini-generate/forward-request.ts";
import { replaceTokens } from "#core/wire/gemini-generate/replace-tokens.ts";
import { geminiTraits } from "#core/wire/gemini-generate/traits.ts";
import { gatherBody, WholeBodyWriter } from "#core/wire/whole-body.ts";

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
  decodeWhole: decodeTokenCount,
  encodeWhole: encodeTokenCount,
  createDecoder: () => gatherBody(decodeTokenCount),
  createWriter: (context) =>
    new WholeBodyWriter(encodeTokenCount, (error) => renderGeminiError(error, context.requestId).body),
  renderError: renderGeminiError,
  readError: readGeminiError,
  forwardedHeaders: geminiForwardedHeaders,
};
