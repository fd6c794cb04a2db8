import type { ChatEvent } from "#core/chat/event.ts";
import { anthropicErrorInAnswer } from "#core/wire/anthropic-error/read-error.ts";
import { countedEvents, countedTokens } from "#core/wire/counted-answer.ts";
import { parseObject } from "#core/wire/json-value.ts";

const encoder = new TextEncoder();

/** A body `{"input_tokens": n}` as events. Throws the error that it holds, or `upstream_bad_response`. */
export function decodeTokenCount(body: Uint8Array): ChatEvent[] {
  const answer = parseObject(body);
  const error = answer === undefined ? undefined : anthropicErrorInAnswer(answer);
  if (error !== undefined) throw error;
  return countedEvents(answer?.["input_tokens"]);
}

/** A body `{"input_tokens": n}`. Throws the error of an `error` event, or `upstream_bad_response` when nobody counted. */
export function encodeTokenCount(events: readonly ChatEvent[]): Uint8Array {
  return encoder.encode(JSON.stringify({ input_tokens: countedTokens(events).inputTokens }));
}
