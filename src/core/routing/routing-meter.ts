import type { Counter, Gauge, Histogram, Meter } from "#core/effects/meter.ts";
import type { ErrorCode } from "#core/errors.ts";
import type { NextAttempt } from "#core/routing/retry-rule.ts";
import type { Deployment } from "#core/routing/route-plan.ts";

const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** What routing tells about the providers behind it. */
export class RoutingMeter {
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #retries: Counter;
  readonly #fallbacks: Counter;
  readonly #budget: Gauge;
  readonly #isNamed: (model: string) => boolean;

  /** `isNamed` bounds the label values: a model it does not know counts as `other`. */
  constructor(meter: Meter, isNamed: (model: string) => boolean) {
    this.#isNamed = isNamed;
    this.#requests = meter.counter(
      "tokligence_upstream_requests_total",
      "Attempts at providers by what came of them until first content.",
      ["provider", "deployment", "code"],
    );
    this.#durations = meter.histogram(
      "tokligence_upstream_request_duration_seconds",
      "Time of an attempt until first content, or until it failed.",
      durationBuckets,
      ["provider", "deployment"],
    );
    this.#retries = meter.counter("tokligence_upstream_retries_total", "Attempts at a provider already asked.", [
      "reason",
    ]);
    this.#fallbacks = meter.counter("tokligence_upstream_fallbacks_total", "Attempts at the next provider.", [
      "reason",
    ]);
    this.#budget = meter.gauge(
      "tokligence_upstream_retry_budget_ratio",
      "How full the budget is that asking a provider again draws on, 0 to 1.",
    );
  }

  attempt(deployment: Deployment, durationMs: number, code: ErrorCode | "ok"): void {
    const { provider } = deployment;
    const name = `${provider.name}/${this.modelLabel(deployment.model)}`;
    this.#requests.add(1, provider.name, name, code);
    this.#durations.observe(durationMs / 1000, provider.name, name);
  }

  another(kind: NextAttempt["kind"], reason: ErrorCode): void {
    (kind === "retry" ? this.#retries : this.#fallbacks).add(1, reason);
  }

  /** What is left of the retry budget, 0 to 1; to be told when somebody reads the metrics. */
  budgetLeft(ratio: number): void {
    this.#budget.set(ratio);
  }

  readonly modelLabel = (model: string): string => (this.#isNamed(model) ? model : "other");
}
