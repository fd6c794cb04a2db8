import type { ChatEvent } from "#core/chat/event.ts";
import { countedEvents, countedTokens } from "#core/wire/counted-answer.ts";
import { geminiErrorInAnswer } from "#core/wire/gemini-error/read-error.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

const encoder = new TextEncoder();

/** A body `{"totalTokens": n}` as events. Throws the error that it holds, or `upstream_bad_response`. */
export function decodeWholeCount(body: Uint8Array): ChatEvent[] {
  const answer = parsedAnswer(body, geminiErrorInAnswer);
  return countedEvents(answer?.["totalTokens"], answer?.["cachedContentTokenCount"]);
}

/** A body `{"totalTokens": n}`. Throws the error of an `error` event, or `upstream_bad_response` when nobody counted. */
export function encodeWholeCount(events: readonly ChatEvent[]): Uint8Array {
  const { inputTokens, cachedTokens } = countedTokens(events);
  return encoder.encode(JSON.stringify({ totalTokens: inputTokens, cachedContentTokenCount: cachedTokens }));
}
