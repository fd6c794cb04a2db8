import { GatewayError } from "#core/errors.ts";
import { type Budget, type BudgetScope, type BudgetWindow, periodEnd, periodStart } from "#core/budgets/budget.ts";
import { formatUsd } from "#core/ledger/money.ts";
import type { Reservation } from "#core/budgets/reservation.ts";

const windowWords: Readonly<Record<BudgetWindow, string>> = { day: "daily", month: "monthly", total: "total" };
const scopeWords: Readonly<Record<BudgetScope, string>> = {
  org: "this gateway",
  team: "this team",
  user: "this user",
  key: "this key",
  tag: "this tag",
};

/** `budget_exhausted` for a call that may cost more than the budget has `leftNanos` of in the window of the call. */
export function budgetExhausted(budget: Budget, leftNanos: bigint, reservation: Reservation): GatewayError {
  const { scope, window } = budget;
  const { amountNanos, atMs, postings } = reservation;
  const startMs = postings.find(({ budgetId }) => budgetId === budget.id)?.periodStartMs ?? periodStart(window, atMs);
  const resetsAtMs = periodEnd(window, startMs);
  const resetsAt = resetsAtMs === undefined ? undefined : new Date(resetsAtMs).toISOString();
  const [left, needed] = [formatUsd(leftNanos), formatUsd(amountNanos)];
  return new GatewayError(
    "budget_exhausted",
    `The ${windowWords[window]} budget of ${scopeWords[scope]} has ${left} USD left; this call may cost up to ${needed} USD.${
      resetsAt === undefined ? "" : ` The budget begins anew at ${resetsAt}.`
    }`,
    {
      details: {
        scope,
        window,
        left_usd: left,
        needed_usd: needed,
        ...(resetsAt === undefined ? {} : { resets_at: resetsAt }),
      },
      ...(resetsAtMs === undefined ? {} : { retryAfterMs: Math.max(0, resetsAtMs - atMs) }),
    },
  );
}
