import type { AnswerMemory } from "#core/answer-memory.ts";
import { isStreamed } from "#core/chat/canonical-request.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import { Checkpoints } from "#core/budgets/checkpoints.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import type { AttemptParts } from "#core/routing/attempts.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** What handing an answer on takes. */
export interface DeliveryParts extends Pick<AttemptParts, "clock" | "limits" | "health"> {
  readonly memory: AnswerMemory;
  readonly budgets: Pick<Budgets, "checkpoint">;
  /** Resolves when the row would survive power loss. */
  readonly record: (settlement: Settlement) => Promise<void>;
  readonly streamTotalTimeoutMs: number;
}

/** Tokens of an answer between two reports to whoever meters it. */
const reportEveryTokens = 256;

/**
 * Hands the pieces on while metering and remembering them; holds the end back until its row is in the books. The first piece is empty:
 * `open` takes it, so that a caller who leaves before reading anything still runs the `finally` (a generator that was
 * never started would just be dropped).
 */
export async function* deliver(
  call: ModelCall,
  answer: OpenedAnswer,
  account: Account,
  { budgets, clock, record, limits, memory, health, streamTotalTimeoutMs }: DeliveryParts,
): AsyncGenerator<ReplyPiece, void, undefined> {
  const { lease } = answer;
  let settled = false;
  const settle = async (error: GatewayError | undefined): Promise<void> => {
    if (settled) return;
    settled = true;
    checkpoints?.stop();
    lease.release({ tokens: account.tokens(), sent: true });
    await record(account.close(error));
  };
  let reportAtTokens = reportEveryTokens;
  const remember = memory.watch(call, answer);
  const isHeld = account.isReserved && isStreamed(call.request);
  const checkpoints = isHeld ? new Checkpoints(call.requestId, account, budgets, clock) : undefined;
  const endsAfterMetering = (piece: ReplyPiece): boolean => {
    remember?.(piece.events);
    for (const event of piece.events) {
      account.see(event);
      if (event.type === "error") throw event.error;
      if (event.type === "end") return true;
    }
    if (lease.metered && account.producedTokens >= reportAtTokens) {
      lease.produced(account.producedTokens);
      reportAtTokens = account.producedTokens + reportEveryTokens;
    }
    checkpoints?.progressed();
    return false;
  };
  const totalMs = isStreamed(call.request) ? streamTotalTimeoutMs : limits.requestTimeoutMs;
  let isTooLong = false;
  const stop = (): void => {
    isTooLong = true;
    answer.abort(totalTimeout(totalMs));
  };
  const disarm = isWhole(answer) ? undefined : clock.after(totalMs, stop);
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
    if (!call.signal.aborted && !isTooLong) health.failed(answer.deployment, error);
    await settle(error);
    throw error;
  } finally {
    disarm?.();
    answer.release();
    // A stream's connection may still be open behind its end; what was not streamed was read to its own.
    try {
      if (isStreamed(call.request) || !isWhole(answer)) await answer.rest.return();
    } finally {
      if (!settled) await settle(reasonOf(call));
    }
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
