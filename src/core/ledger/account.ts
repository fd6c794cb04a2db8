import { isStreamed, longestModelName, requestedModel } from "#core/chat/canonical-request.ts";
import { type ChatEvent, isContent } from "#core/chat/event.ts";
import { Tally, type TokenCount } from "#core/chat/tally.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { GatewayError } from "#core/errors.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { holdEndOf, outcomeOf } from "#core/ledger/hold-end.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Deployment } from "#core/routing/route-plan.ts";
import type { Lease } from "#core/admission/admission.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import type { Foreseen, TokenExpectation } from "#core/admission/token-expectation.ts";

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

/** Foresees what calls take, and learns from what they took. */
export type Expectation = Pick<TokenExpectation, "of" | "learn">;

/** What an account is kept with. */
export interface AccountParts {
  readonly clock: Clock;
  readonly price: PriceQuestion;
  readonly expectation: Expectation;
}

/** The running record of one request, from arrival to the row in the books. */
export class Account {
  readonly #tally: Tally;
  readonly #call: ModelCall;
  readonly #parts: AccountParts;
  #count: TokenCount | undefined;
  #expected: Foreseen | undefined;
  #deployment: Deployment | undefined;
  #upstreamRequestId: string | undefined;
  #firstTokenMs: number | undefined;
  #upstreamMs = 0;
  #queueMs = 0;
  #queuePosition: number | undefined;
  attempts = 0;

  constructor(call: ModelCall, parts: AccountParts) {
    this.#call = call;
    this.#parts = parts;
    this.#tally = new Tally(call.request);
  }

  /** What the call is expected to take; estimated when first asked for. */
  expected(): CallTokens {
    this.#expected ??= this.#parts.expectation.of(this.#call);
    return this.#expected;
  }

  /** Waited for capacity, whatever came of it. */
  queued(durationMs: number): void {
    this.#queueMs += durationMs;
  }

  /** Capacity was found after waiting behind so many. */
  admitted({ waitedMs, position }: Pick<Lease, "waitedMs" | "position">): void {
    if (waitedMs > 0) this.#queuePosition ??= position;
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
    this.#count = undefined;
    this.#tally.see(event);
    if (this.#firstTokenMs === undefined && isContent(event)) {
      this.#firstTokenMs = this.#parts.clock.monotonic() - this.#call.receivedAt;
    }
  }

  get upstreamMs(): number {
    return this.#upstreamMs;
  }

  get queueMs(): number {
    return this.#queueMs;
  }

  /** How many were before it when it joined the queue; undefined when it did not wait. */
  get queuePosition(): number | undefined {
    return this.#queuePosition;
  }

  /** Tokens of the answer so far, by estimate. */
  get producedTokens(): number {
    return this.#tally.producedTokens;
  }

  /** What the call has taken as far as anybody knows: counted by the provider, else estimated; undefined before any content. */
  tokens(): CallTokens | undefined {
    const { usage, source } = this.#counted();
    if (source === "none") return undefined;
    const { inputTokens = 0, cachedTokens = 0, outputTokens = 0 } = usage;
    return { inputTokens, cachedTokens, outputTokens };
  }

  /**
   * Ends the record, to be called once: the caller's limits get the truth, the expectation learns what the provider counted, and the row
   * for the books comes back. `error` is undefined when the answer ended well.
   */
  close(error: GatewayError | undefined): LedgerEntry {
    const tokens = this.tokens();
    const { limits, request } = this.#call;
    limits.settle(holdEndOf({ tokens, attempts: this.attempts, operation: request.operation, error }));
    if (this.#expected !== undefined && tokens !== undefined && this.#counted().source === "upstream") {
      this.#parts.expectation.learn(this.#call, this.#expected, tokens);
    }
    return this.#entry(error);
  }

  #counted(): TokenCount {
    this.#count ??= this.#tally.count();
    return this.#count;
  }

  /** A call that failed costs nothing; one that its caller left is charged for what was produced until then, marked as an estimate. */
  #entry(error: GatewayError | undefined): LedgerEntry {
    const outcome = outcomeOf(error);
    const { usage, source } = this.#counted();
    const call = this.#call;
    const { tenantId, userId, keyId } = call.principal;
    const cost = source === "none" ? undefined : this.#cost(usage);
    return {
      requestId: call.requestId,
      atMs: this.#parts.clock.now(),
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
      latencyMs: this.#parts.clock.monotonic() - call.receivedAt,
      firstTokenMs: this.#firstTokenMs,
      queueMs: this.#queueMs,
      attempts: this.attempts,
      upstreamRequestId: error?.upstreamRequestId ?? this.#upstreamRequestId,
    };
  }

  /** The model that really answered decides the price. */
  #cost(usage: Usage): Cost | undefined {
    if (this.#deployment === undefined) return undefined;
    const { provider, model } = this.#deployment;
    return this.#parts.price(this.#tally.responseModel ?? model, usage, provider);
  }
}
