import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { AdmissionAsk } from "#core/admission/admission.ts";
import type { Effect } from "#core/scheduler/offer.ts";

/** What the scheduler says when it turns somebody away. */
export type Refusal = Extract<Effect, { readonly type: "refuse" }>;

/** How admission turns a call away for want of capacity at its pool; another may have some. */
export const capacityRefusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "overloaded",
  "predicted_wait",
  "queue_full",
  "evicted",
  "queue_timeout",
  "no_capacity",
]);

/** What a refusal is told with. */
export interface RefusalContext {
  readonly level: number;
  /** Name of the level. */
  readonly label: string;
  readonly waitedMs: number;
  /** When somebody who is out of order is asked again, at the earliest; 0 when nobody is. */
  readonly healthyAfterMs: number;
}

const longestRetryAfterMs = 32_000;

/** The refusal as its caller is told it (answers table, reliability note 2.15). */
export function refusalError(refusal: Refusal, context: RefusalContext): GatewayError {
  const { reason } = refusal;
  const { level, label, waitedMs } = context;
  const retryAfterMs = retryAfterOf(refusal, context);
  const options = { details: { reason, level }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  switch (reason) {
    case "predicted_wait": {
      const wait = seconds(refusal.predictedUs / 1000);
      return new GatewayError(
        reason,
        `The wait at level ${label} would be about ${wait}, longer than is of use.`,
        options,
      );
    }
    case "queue_full":
      return new GatewayError(reason, `The queue of level ${label} is full.`, options);
    case "evicted":
      return new GatewayError(reason, "More urgent requests have taken the place of this one in the queue.", options);
    case "queue_timeout":
      return new GatewayError(reason, `No turn within ${seconds(waitedMs)} in the queue of level ${label}.`, options);
    case "deadline_exceeded":
      return new GatewayError(reason, "The time for this request was over before it got a turn.", options);
    case "no_capacity":
      return new GatewayError(reason, "Nobody who could answer this model has capacity now.", options);
  }
}

/** Tokens of prompt and longest answer together: what a context must hold. Without a longest answer its own length is open. */
export function contextNeeded({ call: { request }, expected }: AdmissionAsk): number {
  const answer = request.operation === "chat" ? (request.chat.maxOutputTokens ?? 0) : 0;
  return expected().inputTokens + answer;
}

/** The refusal of what is longer than any deployment takes. */
export function tooLongError(tokens: number, maxTokens: number): GatewayError {
  return new GatewayError(
    "context_length_exceeded",
    `Prompt and answer are about ${tokens} tokens together; this model takes at most ${maxTokens}.`,
    { details: { tokens, max_tokens: maxTokens } },
  );
}

/** Says that a pool is out of order while there is another to ask; seen by the caller only if that one is gone meanwhile. */
export function passedOver(): GatewayError {
  return new GatewayError("no_capacity", "Whoever could answer this model is out of order.", { retryAfterMs: 1000 });
}

/** While everybody is out of order there is no sense in coming back before somebody is tried again. */
function retryAfterOf({ reason, retryAfterMs }: Refusal, { healthyAfterMs }: RefusalContext): number | undefined {
  if (reason !== "no_capacity" || healthyAfterMs === 0) return retryAfterMs;
  return Math.min(healthyAfterMs, longestRetryAfterMs);
}

function seconds(durationMs: number): string {
  return durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : `${Math.round(durationMs / 1000)} s`;
}
