import type { DeploymentId } from "#core/scheduler/offer.ts";

/** What would become of an offer if it were made now. Nothing changes by asking. */
export interface Forecast {
  readonly outcome: "dispatch" | "queue" | "refuse";
  /** Where it would go, when at once. */
  readonly deployment?: DeploymentId;
  readonly reason?: "predicted_wait" | "queue_full" | "no_capacity" | "deadline_exceeded";
  /** How many would go before it. */
  readonly position: number;
  readonly predictedUs: number;
  /** Longest wait that would be admitted. */
  readonly limitUs: number;
}
