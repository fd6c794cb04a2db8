import type { ChatEvent } from "#core/chat/event.ts";
import { countedEvents, countedTokens } from "#core/wire/counted-answer.ts";
import { geminiErrorIn } from "#core/wire/gemini-error/read-error.ts";
import { parseObject } from "#core/wire/json-value.ts";

const encoder = new TextEncoder();

/** A body `{"totalTokens": n}` as events. Throws the error that it holds, or `upstream_bad_response`. */
export function decodeTokenCount(body: Uint8Array): ChatEvent[] {
  const answer = parseObject(body);
  const error = answer === undefined ? undefined : geminiErrorIn(answer);
  if (error !== undefined) throw error;
  return countedEvents(answer?.["totalTokens"], answer?.["cachedContentTokenCount"]);
}

/** A body `{"totalTokens": n}`. Throws the error of an `error` event, or `upstream_bad_response` when nobody counted. */
export function encodeTokenCount(events: readonly ChatEvent[]): Uint8Array {
  const { inputTokens, cachedTokens } = countedTokens(events);
  return encoder.encode(JSON.stringify({ totalTokens: inputTokens, cachedContentTokenCount: cachedTokens }));
}
