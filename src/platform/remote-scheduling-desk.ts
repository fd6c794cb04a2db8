import { type ExplainCall, type ExplainRoute, explanationSchema, routeViewSchema } from "#core/api/explanation.ts";
import { type SchedulingDesk, schedulerStatusSchema } from "#core/api/scheduling.ts";
import { timeRulesViewSchema } from "#core/api/time-rules.ts";
import { ControlClient } from "#platform/control-client.ts";

/** The desk of a running daemon through its control socket. Errors are the daemon's own, or `unavailable`. */
export class RemoteSchedulingDesk implements SchedulingDesk {
  readonly #client: ControlClient;

  constructor(socketPath: string) {
    this.#client = new ControlClient(socketPath);
  }

  status() {
    return this.#client.send("GET", "/api/v1/scheduler", schedulerStatusSchema);
  }

  explain(input: ExplainCall) {
    return this.#client.send("POST", "/api/v1/scheduler/explain", explanationSchema, { body: input });
  }

  explainRoute({ model, protocol }: ExplainRoute) {
    const query = new URLSearchParams({ model, ...(protocol === undefined ? {} : { protocol }) });
    return this.#client.send("GET", `/api/v1/routes/explain?${query}`, routeViewSchema);
  }

  timeRules() {
    return this.#client.send("GET", "/api/v1/time-rules", timeRulesViewSchema);
  }

  reloadTimeRules() {
    return this.#client.send("POST", "/api/v1/time-rules/reload", timeRulesViewSchema);
  }
}
