import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { requestedModel } from "#core/chat/canonical-request.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import { formatUsd } from "#core/ledger/money.ts";
import type { MoneyMeter } from "#core/budgets/money-meter.ts";
import type { MoneyRules } from "#core/ledger/price-snapshot.ts";
import { imposedOutputLimit, mostNanos, mostOutputTokens } from "#core/budgets/worst-case.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Candidate } from "#core/routing/candidates.ts";

/** Tokens of a legacy completion that nobody said the length of (OpenAI API reference, "Create completion"). */
const usualCompletionLimit = 16;

/** What the money stage works with. */
export interface MoneyGateParts {
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly money: MoneyRules;
  readonly moneyMeter: Pick<MoneyMeter, "refused" | "reserved">;
  readonly factsOf: (model: string) => ModelFacts;
}

/** A call that its money lets through, and those who may still be asked. */
export interface AffordedCall {
  readonly call: ModelCall;
  readonly candidates: readonly Candidate[];
}

/**
 * The money stage: finds the budgets of a call and, where one is hard, holds the most that the call can cost before it is sent
 * anywhere. Where nothing asks for that it costs a look-up. Throws or rejects with `budget_exhausted`, `model_unpriced`, or
 * `invalid_request` for a call that could cost more than any may; nobody has been asked then.
 */
export class MoneyGate {
  readonly #parts: MoneyGateParts;

  constructor(parts: MoneyGateParts) {
    this.#parts = parts;
  }

  pass(call: ModelCall, candidates: readonly Candidate[], account: Account): AffordedCall | Promise<AffordedCall> {
    if (call.request.operation === "count") return { call, candidates };
    const { budgets, money } = this.#parts;
    const applied = budgets.of(call.principal, account.tags, account.arrivedAtMs);
    if (applied !== undefined) account.postings = applied.postings;
    const isHard = applied?.hasHard === true;
    if (!isHard && money.unpriced !== "deny" && money.maxRequestNanos === undefined) return { call, candidates };
    try {
      const askable = isHard || money.unpriced === "deny" ? priced(call, candidates, account, isHard) : candidates;
      if (!isHard && money.maxRequestNanos === undefined) return { call, candidates: askable };
      const bounded = this.#bounded(call);
      const nanos = this.#most(bounded, askable, account);
      this.#checkCeiling(nanos);
      const afforded = { call: bounded, candidates: askable };
      return isHard && nanos > 0n ? this.#reserve(afforded, nanos, account) : afforded;
    } catch (thrown) {
      throw this.#refusal(thrown);
    }
  }

  /** The call with a limit on its answer, so that what it can cost at most is true of what is sent. */
  #bounded(call: ModelCall): ModelCall {
    const { request } = call;
    if (request.operation !== "chat" || request.chat.maxOutputTokens !== undefined) return call;
    const limitOf = (model: string): number => imposedOutputLimit(this.#parts.factsOf(model));
    // Where the protocol itself has a limit for who names none, a budget is no reason to answer at length.
    return { ...call, outputLimitOf: call.protocol === "openai-completions" ? () => usualCompletionLimit : limitOf };
  }

  /** At the dearest of those who may be asked; retries and fallbacks add nothing, for what fails is not asked for. */
  #most(call: ModelCall, candidates: readonly Candidate[], { prices }: Account): bigint {
    let most = 0n;
    for (const { provider, model } of candidates) {
      const known = prices.find(model, provider);
      const nanos = known === undefined ? 0n : mostNanos(call, this.#parts.factsOf(model), known.price);
      if (nanos > most) most = nanos;
    }
    return most;
  }

  #mostOutput({ call, candidates }: AffordedCall): number {
    return Math.max(...candidates.map(({ model }) => mostOutputTokens(call.request, this.#parts.factsOf(model))));
  }

  #checkCeiling(nanos: bigint): void {
    const { maxRequestNanos } = this.#parts.money;
    if (maxRequestNanos === undefined || nanos <= maxRequestNanos) return;
    const [most, ceiling] = [formatUsd(nanos), formatUsd(maxRequestNanos)];
    throw new GatewayError(
      "invalid_request",
      `This request could cost ${most} USD, and one may cost at most ${ceiling}. Ask for fewer tokens.`,
      { details: { limit: "max_request_usd", most_usd: most, max_request_usd: ceiling } },
    );
  }

  async #reserve(afforded: AffordedCall, amountNanos: bigint, account: Account): Promise<AffordedCall> {
    const { budgets, clock, moneyMeter } = this.#parts;
    const { requestId } = afforded.call;
    const draft = account.draft();
    try {
      await budgets.reserve({ requestId, postings: account.postings, amountNanos, draft, atMs: clock.now() });
    } catch (thrown) {
      throw this.#refusal(thrown);
    }
    account.reserved(this.#mostOutput(afforded));
    moneyMeter.reserved(amountNanos);
    return afforded;
  }

  #refusal(thrown: unknown): GatewayError {
    const error = toGatewayError(thrown);
    this.#parts.moneyMeter.refused(error.code);
    return error;
  }
}

/** Those whose price is known: what another would cost could not be bounded, or is not to be served. */
function priced(
  call: ModelCall,
  candidates: readonly Candidate[],
  { prices }: Account,
  isHard: boolean,
): readonly Candidate[] {
  const known = candidates.filter(({ model, provider }) => prices.find(model, provider) !== undefined);
  if (known.length > 0) return known;
  const model = requestedModel(call.request).slice(0, 200);
  const why = isHard
    ? "a budget applies to it, and what it costs could not be bounded"
    : "only priced models are served";
  throw new GatewayError("model_unpriced", `The model '${model}' has no price; ${why}.`, { details: { model } });
}
