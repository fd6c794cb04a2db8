import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import { countOf, countWithin, usageOf } from "#core/wire/token-count.ts";

/** The events of an answer that counts tokens, from the counts as the provider wrote them. Throws `upstream_bad_response` without any. */
export function countedEvents(input: unknown, cached?: unknown): ChatEvent[] {
  const inputTokens = countOf(input);
  if (inputTokens === undefined) throw uncounted();
  const cachedTokens = countWithin(countOf(cached), inputTokens);
  return [{ type: "usage", usage: usageOf({ inputTokens, cachedTokens }) ?? {} }, { type: "end" }];
}

/** The counts of an answer. Throws the error of an `error` event, or `upstream_bad_response` when nobody counted. */
export function countedTokens(events: readonly ChatEvent[]): {
  readonly inputTokens: number;
  readonly cachedTokens: number | undefined;
} {
  const { inputTokens, cachedTokens } = foldAnswer(events).usage ?? {};
  if (inputTokens === undefined) throw uncounted();
  return { inputTokens, cachedTokens };
}

function uncounted(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider gave no count of tokens.");
}
