import { isStreamed, longestModelName, requestedModel } from "#core/chat/canonical-request.ts";
import { type ChatEvent, isContent } from "#core/chat/event.ts";
import { Tally, type TokenCount } from "#core/chat/tally.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import { type Bill, billOf } from "#core/ledger/bill.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { holdEndOf, outcomeOf } from "#core/ledger/hold-end.ts";
import type { MoneyMeter } from "#core/budgets/money-meter.ts";
import { type Cost, type MoneyRules, PriceSnapshot, type Prices } from "#core/ledger/price-snapshot.ts";
import type { Posting } from "#core/budgets/reservation.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Deployment } from "#core/routing/route-plan.ts";
import type { Lease } from "#core/admission/admission.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import type { Foreseen, TokenExpectation } from "#core/admission/token-expectation.ts";

/** Foresees what calls take, and learns from what they took. */
export type Expectation = Pick<TokenExpectation, "of" | "learn">;

/** What an account is kept with. */
export interface AccountParts {
  readonly clock: Clock;
  readonly prices: { current(): Prices };
  readonly money: MoneyRules;
  readonly moneyMeter: Pick<MoneyMeter, "aboveCeiling">;
  readonly expectation: Expectation;
  readonly budgets: Budgets;
}

const noPostings: readonly Posting[] = [];
const noTags: readonly string[] = [];
/** Where a draft would end: the books then say that the process did. */
const interrupted = new GatewayError("draining", "The process ended.");

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
  /** A provider has been sent the call and has not failed it. */
  #isAsked = false;
  #charged: bigint | undefined;
  attempts = 0;
  /** The prices of the moment when the call arrived. */
  readonly prices: PriceSnapshot;
  /** What the call is budgeted by beside its key: the key's labels and its own tags, sorted, each once. */
  readonly tags: readonly string[];
  /** When it arrived, milliseconds since the epoch: it belongs to the windows of budgets that ran then. */
  readonly arrivedAtMs: number;
  /** The budgets that pay for it. */
  postings = noPostings;
  #isReserved = false;

  constructor(call: ModelCall, parts: AccountParts) {
    this.#call = call;
    this.#parts = parts;
    this.#tally = new Tally(call.request);
    this.arrivedAtMs = parts.clock.now();
    this.prices = new PriceSnapshot(parts.prices.current(), parts.money.unpriced);
    this.tags = tagsOf(call);
  }

  /** What the call is expected to take; estimated when first asked for. */
  expected(): CallTokens {
    this.#expected ??= this.#parts.expectation.of(this.#call);
    return this.#expected;
  }

  /** The most that it can cost is held, with all its answers together no longer than so many tokens. */
  reserved(mostOutputTokens: number): void {
    this.#isReserved = true;
    this.#tally.outputBound = mostOutputTokens;
  }

  /** Whether the most that it can cost is held. */
  get isReserved(): boolean {
    return this.#isReserved;
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

  /** The call goes out to the provider of the attempt. */
  asks(): void {
    this.#isAsked = true;
  }

  /** The provider of the attempt has failed it before any content, and asks nothing for that. */
  failedAttempt(): void {
    this.#isAsked = false;
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
   * Ends the record, to be called once: the caller's limits get the truth, the expectation learns what the provider counted, and what
   * goes into the books comes back. `error` is undefined when the answer ended well.
   */
  close(error: GatewayError | undefined): Settlement {
    const tokens = this.tokens();
    const { limits, request } = this.#call;
    limits.settle(holdEndOf({ tokens, attempts: this.attempts, operation: request.operation, error }));
    if (this.#expected !== undefined && tokens !== undefined && this.#counted().source === "upstream") {
      this.#parts.expectation.learn(this.#call, this.#expected, tokens);
    }
    const entry = this.#entry(error);
    this.#charged = entry.costNanos;
    const { maxRequestNanos } = this.#parts.money;
    if (
      outcomeOf(error, this.attempts) !== "failed" &&
      entry.overheadNanos !== undefined &&
      maxRequestNanos !== undefined
    ) {
      this.#parts.moneyMeter.aboveCeiling(entry, maxRequestNanos);
    }
    return { entry, postings: entry.costNanos ? this.#payers() : this.postings };
  }

  /** Budgets that were made while it ran pay for it too: what was in the books by then did not hold it. */
  #payers(): readonly Posting[] {
    const applied = this.#parts.budgets.of(this.#call.principal, this.tags, this.arrivedAtMs);
    if (applied === undefined) return this.postings;
    const known = new Set(this.postings.map(({ budgetId }) => budgetId));
    return [...this.postings, ...applied.postings.filter(({ budgetId }) => !known.has(budgetId))];
  }

  /** What the books should say were the process to die here. */
  draft(): LedgerEntry {
    return this.#entry(interrupted);
  }

  /** What the caller is charged, nano-dollars, once the record is closed; nothing for having tokens counted, undefined without a price. */
  get chargedNanos(): bigint | undefined {
    return this.#call.request.operation === "count" ? 0n : this.#charged;
  }

  #counted(): TokenCount {
    this.#count ??= this.#tally.count();
    return this.#count;
  }

  /** The tokens that are charged or booked: of a call that its caller left, of those of the input once it was sent. */
  #billed(error: GatewayError | undefined): TokenCount {
    if (error === undefined) return this.#counted();
    if (!this.#tally.hasContent && this.#isAsked && outcomeOf(error, this.attempts) === "aborted")
      return this.#tally.countAsked();
    return this.#tally.countSoFar();
  }

  #entry(error: GatewayError | undefined): LedgerEntry {
    const outcome = outcomeOf(error, this.attempts);
    const { usage, source } = this.#billed(error);
    const call = this.#call;
    const { tenantId, userId, keyId, teamId } = call.principal;
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
      ...this.#bill(outcome, source === "none" ? undefined : this.#cost(usage)),
      latencyMs: this.#parts.clock.monotonic() - call.receivedAt,
      firstTokenMs: this.#firstTokenMs,
      queueMs: this.#queueMs,
      attempts: this.attempts,
      upstreamRequestId: error?.upstreamRequestId ?? this.#upstreamRequestId,
      teamId,
      tags: this.tags.length === 0 ? undefined : this.tags.join(","),
    };
  }

  #bill(outcome: LedgerEntry["outcome"], cost: Cost | undefined): Bill {
    return billOf(cost, { outcome, hasContent: this.#tally.hasContent, ...this.#parts.money });
  }

  #cost(usage: Usage): Cost | undefined {
    if (this.#deployment === undefined) return undefined;
    const { provider, model } = this.#deployment;
    return this.prices.cost(usage, { answered: this.#tally.responseModel, asked: model }, provider);
  }
}

function tagsOf({ principal: { labels = noTags }, tags = noTags }: ModelCall): readonly string[] {
  if (labels.length === 0 && tags.length === 0) return noTags;
  return [...new Set([...labels, ...tags])].toSorted();
}
