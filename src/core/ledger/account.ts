import { isStreamed, longestModelName, requestedModel } from "#core/chat/canonical-request.ts";
import { type ChatEvent, isContent } from "#core/chat/event.ts";
import { Tally } from "#core/chat/tally.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { GatewayError } from "#core/errors.ts";
import type { LedgerEntry, Outcome } from "#core/ledger/entry.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Deployment } from "#core/routing/route-plan.ts";

/** What a priced usage costs, and under which list. */
export interface Cost {
  readonly nanos: bigint;
  readonly priceVersion: string;
}

/** Answers what a model's usage costs; undefined when no price is known, never an invented zero. */
export type PriceQuestion = (
  model: string,
  usage: Usage,
  provider: { readonly name: string; readonly type: string },
) => Cost | undefined;

/** The running record of one request, from arrival to the row in the books. */
export class Account {
  readonly #tally: Tally;
  readonly #call: ModelCall;
  readonly #clock: Clock;
  readonly #price: PriceQuestion;
  #deployment: Deployment | undefined;
  #upstreamRequestId: string | undefined;
  #firstTokenMs: number | undefined;
  #upstreamMs = 0;
  attempts = 0;

  constructor(call: ModelCall, clock: Clock, price: PriceQuestion) {
    this.#call = call;
    this.#clock = clock;
    this.#price = price;
    this.#tally = new Tally(call.request);
  }

  attempted(deployment: Deployment): void {
    this.#deployment = deployment;
    this.#upstreamRequestId = undefined;
    this.attempts += 1;
  }

  /** The attempt was given up before anything was sent: it was none. */
  withdrawn(): void {
    this.attempts -= 1;
  }

  answered(upstreamRequestId: string | undefined): void {
    this.#upstreamRequestId = upstreamRequestId;
  }

  waitedForProvider(durationMs: number): void {
    this.#upstreamMs += durationMs;
  }

  see(event: ChatEvent): void {
    this.#tally.see(event);
    if (this.#firstTokenMs === undefined && isContent(event)) {
      this.#firstTokenMs = this.#clock.monotonic() - this.#call.receivedAt;
    }
  }

  get upstreamMs(): number {
    return this.#upstreamMs;
  }

  /**
   * The row for the books. `error` is undefined when the answer ended well. A call that failed costs nothing; one
   * that its caller left is charged for what was produced until then, marked as an estimate.
   */
  entry(error: GatewayError | undefined): LedgerEntry {
    const outcome = outcomeOf(error);
    const { usage, source } = this.#tally.count();
    const call = this.#call;
    const { tenantId, userId, keyId } = call.principal;
    const cost = source === "none" ? undefined : this.#cost(usage);
    return {
      requestId: call.requestId,
      atMs: this.#clock.now(),
      tenantId,
      userId,
      keyId,
      direction: "consume",
      operation: call.request.operation,
      protocol: call.protocol,
      provider: this.#deployment?.provider.name,
      requestedModel: requestedModel(call.request).slice(0, longestModelName),
      model: this.#deployment?.model,
      responseModel: this.#tally.responseModel?.slice(0, longestModelName),
      stream: isStreamed(call.request),
      outcome,
      errorCode: error?.code,
      httpStatus: error?.status ?? 200,
      ...usage,
      usageSource: source,
      costNanos: outcome === "failed" ? (cost === undefined ? undefined : 0n) : cost?.nanos,
      priceVersion: cost?.priceVersion,
      latencyMs: this.#clock.monotonic() - call.receivedAt,
      firstTokenMs: this.#firstTokenMs,
      queueMs: 0,
      attempts: this.attempts,
      upstreamRequestId: error?.upstreamRequestId ?? this.#upstreamRequestId,
    };
  }

  /** The model that really answered decides the price. */
  #cost(usage: Usage): Cost | undefined {
    if (this.#deployment === undefined) return undefined;
    const { provider, model } = this.#deployment;
    return this.#price(this.#tally.responseModel ?? model, usage, provider);
  }
}

function outcomeOf(error: GatewayError | undefined): Outcome {
  if (error === undefined) return "finished";
  return error.code === "client_closed" || error.code === "draining" ? "aborted" : "failed";
}
