import type { RequestId } from "#core/effects/ids.ts";
import type { Budget } from "#core/budgets/budget.ts";

/** A call that cost more than was held for it: the truth is in the books all the same. */
export interface Overrun {
  readonly requestId: RequestId;
  readonly heldNanos: bigint;
  readonly costNanos: bigint;
}

/** Shares of its limit at which a budget is worth a line in the log, percent. */
const warnedPercents = [50, 80, 95, 100] as const;

/** A budget that has just passed a share of its limit in a window; the highest where it passed several at once. */
export interface PassedBudget {
  readonly budget: Budget;
  /** See `BudgetPeriod.startMs`. */
  readonly startMs: number;
  readonly percent: (typeof warnedPercents)[number];
  readonly spentNanos: bigint;
}

/** What came of a batch besides being in the books. */
export interface Settled {
  readonly overruns: readonly Overrun[];
  readonly passed: readonly PassedBudget[];
}

/** The highest share that lies above `fromNanos` and not above `toNanos`; undefined when none was passed, and for a limit of nothing. */
export function percentPassed(
  limitNanos: bigint,
  fromNanos: bigint,
  toNanos: bigint,
): PassedBudget["percent"] | undefined {
  if (limitNanos <= 0n) return undefined;
  return warnedPercents.findLast((percent) => {
    const mark = limitNanos * BigInt(percent);
    return fromNanos * 100n < mark && toNanos * 100n >= mark;
  });
}
