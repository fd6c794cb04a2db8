import { chatOf } from "#core/chat/canonical-request.ts";
import type { Codec } from "#core/wire/codec.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";
import { encodeGenerateRequest } from "#core/wire/gemini-generate/encode-request.ts";
import { geminiFidelity } from "#core/wire/gemini-generate/fidelity.ts";
import {
  forwardGeminiRequest,
  geminiForwardedHeaders,
  refuseTwiceConfigured,
} from "#core/wire/gemini-generate/forward-request.ts";
import { replaceTokens } from "#core/wire/gemini-generate/replace-tokens.ts";
import { decodeGenerateRequest } from "#core/wire/gemini-generate/request.ts";
import { GeminiStreamDecoder } from "#core/wire/gemini-generate/stream-decoder.ts";
import { GeminiStreamWriter } from "#core/wire/gemini-generate/stream-writer.ts";
import { geminiTraits } from "#core/wire/gemini-generate/traits.ts";
import { decodeWholeAnswer, encodeWholeAnswer } from "#core/wire/gemini-generate/whole-answer.ts";

const encoder = new TextEncoder();

/** Google's `generateContent` and `streamGenerateContent`, both directions (Gemini API reference, v1beta, 2026). */
export const geminiGenerateCodec: Codec = {
  protocol: "gemini-generate",
  operation: "chat",
  family: "gemini",
  fidelity: geminiFidelity,
  decodeRequest(body, address) {
    refuseTwiceConfigured(body);
    return { operation: "chat", chat: decodeGenerateRequest(body.value, address) };
  },
  forwardRequest: forwardGeminiRequest,
  replaceTokens,
  traits: () => geminiTraits,
  encodeRequest: (request, target) => encoder.encode(encodeGenerateRequest(chatOf(request), target)),
  decodeWhole: decodeWholeAnswer,
  encodeWhole: encodeWholeAnswer,
  createDecoder: (options) => new GeminiStreamDecoder(options),
  createWriter: (context) => new GeminiStreamWriter(context),
  renderError: renderGeminiError,
  readError: readGeminiError,
  forwardedHeaders: geminiForwardedHeaders,
};
