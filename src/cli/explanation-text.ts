import type { ExplanationView, PoolOutcome } from "#core/api/explanation.ts";
import { countText, manyText, spanText } from "#cli/quantity-text.ts";
import { aligned } from "#cli/scheduler-table.ts";

/** What `scheduler explain` prints. */
export function explanationText(view: ExplanationView): string {
  const { model, route, level, tenant, input_tokens: input, output_tokens: output, pools } = view;
  const path = route === model ? `${model} has a route of its own` : `${model} takes the route ${route}`;
  const rows = pools.map(({ deployments, outcome, reason, ...rest }, index) => [
    String(index + 1),
    deployments.join(" | "),
    reason ?? outcome,
    outcome === "dispatch" ? "" : countText(rest.position),
    rest.predicted_wait_ms === 0 ? "" : spanText(rest.predicted_wait_ms),
  ]);
  return [
    `${path}.`,
    `${level}, tenant ${tenant}, about ${countText(input)} tokens in and ${countText(output)} out.`,
    "",
    outcomeText(view),
    ...(view.scheduled ? [] : ["Scheduling is off: nothing waits and nothing is ordered."]),
    ...(pools.length < 2 ? [] : ["", ...aligned(["POOL", "DEPLOYMENTS", "OUTCOME", "BEFORE IT", "WAIT"], rows, 3)]),
  ].join("\n");
}

function outcomeText({ outcome, deployment, reason, ...view }: PoolOutcome): string {
  const wait = spanText(view.predicted_wait_ms);
  const limit = view.wait_limit_ms === null ? "" : `; up to ${spanText(view.wait_limit_ms)} is admitted`;
  switch (outcome) {
    case "dispatch":
      return `It would go at once${deployment === null ? "" : ` to ${deployment}`}.`;
    case "queue":
      return view.predicted_wait_ms === 0
        ? `It would wait behind ${manyText(view.position, "other")}; for how long nothing has shown yet.`
        : `It would wait about ${wait} behind ${manyText(view.position, "other")}${limit}.`;
    case "refuse":
      return reason === "predicted_wait"
        ? `It would be refused (${reason}): the wait would be about ${wait}${limit}.`
        : `It would be refused (${reason}).`;
  }
}
