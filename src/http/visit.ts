import type { Clock } from "#core/effects/clock.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Log, LogFields } from "#core/effects/log.ts";
import { causeText, type GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { DoorMetrics } from "#http/door-metrics.ts";
import type { Connection } from "#http/http-parts.ts";
import type { RefusalLog } from "#http/refusal-log.ts";
import { droppedText } from "#http/reply-headers.ts";
import type { RequestTarget } from "#http/request-target.ts";

/** What every visit reports to. */
export interface VisitSinks {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DoorMetrics;
  /** Decides which refusals get a line of their own. */
  readonly refusals: Pick<RefusalLog, "writes">;
}

/** One request inside the doors, from arrival until its answer is complete. */
export class Visit {
  readonly request: Request;
  readonly connection: Connection;
  readonly target: RequestTarget;
  readonly requestId: RequestId;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  /** Path template of the route, or `other`. */
  route = "other";
  /** Texts of the path's parameters as they stand in the path. */
  parameters: Readonly<Record<string, string>> = {};
  principal: Principal | undefined;
  /** Who answered a model call, once somebody has. */
  answeredBy: { readonly provider: string; readonly model: string } | undefined;
  /** What of the request or of the answer could not be carried. */
  dropped: readonly string[] = [];
  /** Set by a handler whose answer goes on after its response was returned: it calls `finish` itself. */
  goesOn = false;
  #keptOpen = false;
  readonly #sinks: VisitSinks;

  constructor(
    request: Request,
    connection: Connection,
    target: RequestTarget,
    requestId: RequestId,
    sinks: VisitSinks,
  ) {
    this.request = request;
    this.connection = connection;
    this.target = target;
    this.requestId = requestId;
    this.receivedAt = sinks.clock.monotonic();
    this.#sinks = sinks;
  }

  /** Lifts the connection's idle timeout until `finish`: the runtime would leave it lifted for good. */
  keepOpen(): void {
    this.#keptOpen = true;
    this.connection.keepOpen();
  }

  /** Counts and logs the request: once, just before the end of its answer. `status` is what the caller saw. */
  finish(status: number, error?: GatewayError): void {
    if (this.#keptOpen) this.connection.restoreIdleTimeout?.();
    const { clock, metrics, refusals } = this.#sinks;
    const durationMs = clock.monotonic() - this.receivedAt;
    metrics.request(this.route, this.request.method, status, durationMs);
    const { requestId } = this;
    if (error !== undefined && !refusals.writes({ code: error.code, keyId: this.principal?.keyId, requestId })) return;
    const fields: LogFields = {
      request_id: requestId,
      method: this.request.method,
      route: this.route,
      status,
      duration_ms: Math.round(durationMs * 1000) / 1000,
      key_id: this.principal?.keyId,
      provider: this.answeredBy?.provider,
      model: this.answeredBy?.model,
      dropped: this.dropped.length === 0 ? undefined : droppedText(this.dropped),
    };
    if (error !== undefined) this.#logFailure(error, fields);
    else if (this.dropped.length > 0) this.#sinks.log.info("request_finished", fields);
    else this.#sinks.log.debug("request_finished", fields);
  }

  #logFailure(error: GatewayError, fields: LogFields): void {
    const { log } = this.#sinks;
    const { code, message, upstreamRequestId: upstream_request_id } = error;
    const all = { ...fields, code, message, cause: causeText(error), upstream_request_id };
    if (error.code === "internal") log.error("request_failed", all);
    else if (error.status >= 500) log.warn("request_failed", all);
    else log.info("request_failed", all);
  }
}
