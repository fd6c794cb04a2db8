import { GatewayError } from "#core/errors.ts";
import type { Codec } from "#core/wire/codec.ts";
import { openAiChatCodec } from "#core/wire/openai-chat/codec.ts";
import { decodeCompletionRequest } from "#core/wire/openai-completions/request.ts";
import { CompletionStreamWriter } from "#core/wire/openai-completions/stream-writer.ts";
import { encodeWholeCompletion } from "#core/wire/openai-completions/whole-answer.ts";

/** OpenAI's legacy completions. They only pass through: another provider's answer can be written, a request cannot. */
export const openAiCompletionsCodec: Codec = {
  protocol: "openai-completions",
  operation: "chat",
  family: "openai",
  decodeRequest: (body) => ({ operation: "chat", chat: decodeCompletionRequest(body) }),
  // Its limit has one name, whatever the model.
  forwardRequest: (body, forwarding) =>
    openAiChatCodec.forwardRequest(body, { ...forwarding, renameLimit: false, limitField: "max_tokens" }),
  replaceTokens: () => undefined,
  traits: openAiChatCodec.traits,
  encodeRequest: () => {
    throw new GatewayError("unsupported_value", "Legacy completions are only passed on to providers that have them.");
  },
  decodeWhole: openAiChatCodec.decodeWhole,
  encodeWhole: encodeWholeCompletion,
  createDecoder: openAiChatCodec.createDecoder,
  createWriter: (context) => new CompletionStreamWriter(context),
  renderError: openAiChatCodec.renderError,
  readError: openAiChatCodec.readError,
  forwardedHeaders: openAiChatCodec.forwardedHeaders,
};
