import type { deskOperations } from "#core/api/desk-operations.ts";
import type { HandlersOf } from "#core/api/operation.ts";
import type { SchedulingDesk } from "#core/api/scheduling.ts";

/** The operations, answered by a desk. */
export function deskHandlers(desk: SchedulingDesk): HandlersOf<typeof deskOperations> {
  return {
    schedulerStatus: () => desk.status(),
    explainCall: (input, { principal }) => desk.explain(input, principal),
    explainRoute: (input) => desk.explainRoute(input),
    listTimeRules: () => desk.timeRules(),
    reloadTimeRules: (_input, caller) => desk.reloadTimeRules(caller),
  };
}
