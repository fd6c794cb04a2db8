import type { ReplyPiece } from "#core/chat/reply.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import { Account, type PriceQuestion } from "#core/ledger/account.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Gateway, ModelCall, ModelInfo, ModelReply } from "#core/model-call.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import { type AttemptParts, openAnswer } from "#core/routing/attempts.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { RoutePlan } from "#core/routing/route-plan.ts";
import { isStreamed, requestedModel } from "#core/wire/canonical-request.ts";

/** What the core is built from. */
export interface GatewayParts extends AttemptParts {
  readonly plan: RoutePlan;
  readonly providers: readonly Provider[];
  readonly price: PriceQuestion;
  /** Resolves when the row would survive power loss. */
  readonly record: (entry: LedgerEntry) => Promise<void>;
  readonly streamTotalTimeoutMs: number;
}

/** The core on one page. A request passes these stages in this order; each is one call below. */
export class ModelGateway implements Gateway {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  async open(call: ModelCall): Promise<ModelReply> {
    const { plan, clock, price } = this.#parts;
    const account = new Account(call, clock, price);
    try {
      const deployments = plan.deployments(requestedModel(call.request)); //           plan
      const answer = await openAnswer(call, deployments, account, this.#parts); //    call, retry, fall back
      const pieces = deliver(call, answer, account, this.#parts); //                  meter, settle
      await pieces.next();
      return {
        provider: answer.deployment.provider.name,
        model: answer.deployment.model,
        rawProtocol: answer.reply.rawProtocol,
        queueMs: 0,
        upstreamMs: account.upstreamMs,
        pieces,
      };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      await this.#parts.record(account.entry(error));
      throw error;
    }
  }

  checkModel(model: string): void {
    if (!this.#parts.plan.accepts(model)) this.#parts.plan.deployments(model);
  }

  models(): readonly ModelInfo[] {
    const { plan, providers } = this.#parts;
    const listed = new Map<string, ModelInfo>();
    for (const name of plan.names()) if (plan.accepts(name)) listed.set(name, { id: name, ownedBy: "tokligence" });
    for (const provider of providers) {
      for (const model of provider.models)
        if (plan.accepts(model)) listed.set(model, { id: model, ownedBy: provider.name });
    }
    return [...listed.values()];
  }
}

/**
 * Hands the pieces on while metering them; holds the end back until its row is in the books. The first piece is empty:
 * `open` takes it, so that a caller who leaves before reading anything still runs the `finally` (a generator that was
 * never started would just be dropped).
 */
async function* deliver(
  call: ModelCall,
  answer: OpenedAnswer,
  account: Account,
  { clock, record, limits, streamTotalTimeoutMs }: GatewayParts,
): AsyncGenerator<ReplyPiece, void, undefined> {
  let settled = false;
  const settle = async (error: GatewayError | undefined): Promise<void> => {
    if (settled) return;
    settled = true;
    await record(account.entry(error));
  };
  const endsAfterMetering = (piece: ReplyPiece): boolean => {
    for (const event of piece.events) {
      account.see(event);
      if (event.type === "error") throw event.error;
      if (event.type === "end") return true;
    }
    return false;
  };
  const totalMs = isStreamed(call.request) ? streamTotalTimeoutMs : limits.requestTimeoutMs;
  const disarm = isWhole(answer) ? undefined : clock.after(totalMs, () => answer.abort(totalTimeout(totalMs)));
  try {
    yield { events: [] };
    for (const piece of answer.ahead) {
      if (endsAfterMetering(piece)) await settle(undefined);
      yield piece;
    }
    while (!settled) {
      const next = await answer.rest.next();
      if (next.done === true) break;
      if (endsAfterMetering(next.value)) await settle(undefined);
      yield next.value;
    }
    await settle(undefined);
  } catch (thrown) {
    const error = call.signal.aborted ? reasonOf(call) : toGatewayError(thrown);
    await settle(error);
    throw error;
  } finally {
    disarm?.();
    answer.release();
    // A stream's connection may still be open behind its end; what was not streamed was read to its own.
    if (isStreamed(call.request) || !isWhole(answer)) await answer.rest.return();
    if (!settled) await settle(reasonOf(call));
  }
}

/** Why the answer stopped before its end: what pulled the signal, or a caller that stopped reading. */
function reasonOf(call: ModelCall): GatewayError {
  if (call.signal.aborted) return toGatewayError(call.signal.reason);
  return new GatewayError("client_closed", "The caller left before the end.");
}

/** Whether the end came with the first content: there is nothing left to wait for. */
function isWhole({ ahead }: OpenedAnswer): boolean {
  return ahead.at(-1)?.events.at(-1)?.type === "end";
}

function totalTimeout(totalMs: number): GatewayError {
  return new GatewayError("upstream_timeout", `The answer was not finished within ${totalMs} ms.`);
}
