import type { ChatEvent } from "#core/chat/event.ts";
import { type FoldedChoice, foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { listOf, parseObject } from "#core/wire/json-value.ts";
import { completionId } from "#core/wire/openai-chat/completion-id.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { errorInAnswer } from "#core/wire/openai-error/read-error.ts";

/**
 * A `chat.completion` body as events. Throws the error that the body holds, or `upstream_bad_response` when it is cut, no
 * JSON (a login page) or has no choices.
 */
export function decodeWholeChat(body: Uint8Array): ChatEvent[] {
  const answer = parseObject(body);
  const error = answer === undefined ? undefined : errorInAnswer(answer);
  if (error !== undefined) throw error;
  if (answer === undefined || listOf(answer["choices"]).length === 0) {
    throw new GatewayError("upstream_bad_response", "The provider's answer is not a chat completion.");
  }
  return [...new ChunkReader().read(answer), { type: "end" }];
}

const encoder = new TextEncoder();

/** A `chat.completion` body from the events of one answer. Throws the error of an `error` event. */
export function encodeWholeChat(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const answer = foldAnswer(events);
  return encoder.encode(
    JSON.stringify({
      id: answer.id ?? completionId(context.requestId),
      object: "chat.completion",
      created: answer.createdSeconds ?? context.createdSeconds,
      model: context.model,
      choices: answer.choices.map(encodeChoice),
      usage: answer.usage === undefined ? undefined : encodeUsage(answer.usage),
      system_fingerprint: null,
    }),
  );
}

function encodeChoice({ choice, text, reasoning, refusal, toolCalls, finish }: FoldedChoice): unknown {
  const silent = text === "" && (toolCalls.length > 0 || refusal !== "");
  const calls = toolCalls.map(({ id, name, argumentsText }) => ({
    id,
    type: "function",
    function: { name, arguments: argumentsText },
  }));
  return {
    index: choice,
    message: {
      role: "assistant",
      content: silent ? null : text,
      refusal: refusal === "" ? null : refusal,
      reasoning_content: reasoning === "" ? undefined : reasoning,
      tool_calls: calls.length === 0 ? undefined : calls,
    },
    logprobs: null,
    finish_reason: finish === undefined ? null : finishWord(finish.reason, finish.raw),
  };
}
