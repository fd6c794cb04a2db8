import type { ChatEvent } from "#core/chat/event.ts";
import { countedEvents, countedTokens } from "#core/wire/counted-answer.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

const encoder = new TextEncoder();

/** A body `{"object": "response.input_tokens", "input_tokens": n}` as events. Throws the error that it holds, or `upstream_bad_response`. */
export function decodeWholeCount(body: Uint8Array): ChatEvent[] {
  const answer = parsedAnswer(body, openAiErrorInAnswer);
  return countedEvents(answer?.["input_tokens"]);
}

/** A body `{"object": "response.input_tokens", "input_tokens": n}`. Throws the error of an `error` event, or `upstream_bad_response` when nobody counted. */
export function encodeWholeCount(events: readonly ChatEvent[]): Uint8Array {
  return encoder.encode(
    JSON.stringify({ object: "response.input_tokens", input_tokens: countedTokens(events).inputTokens }),
  );
}
