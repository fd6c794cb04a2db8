import type { ProcessFacts } from "#core/administration/status-handlers.ts";
import type { Caller } from "#core/api/operation.ts";
import type { Handlers } from "#core/api/operations.ts";
import type { SchedulingDesk } from "#core/api/scheduling.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Ids } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { GatewayError } from "#core/errors.ts";
import type { IdempotentCalls } from "#core/idempotency/idempotent-calls.ts";
import type { Authenticator } from "#core/identity/authenticator.ts";
import type { Limiter } from "#core/limits/limiter.ts";
import type { Gateway } from "#core/model-call.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import type { Login } from "#core/session/login.ts";
import type { SessionAuthenticator } from "#core/session/session-authenticator.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import type { DoorState } from "#http/door-state.ts";
import type { DoorLadder } from "#http/running-calls.ts";

/** What the doors know of the connection that carries a request. */
export interface Connection {
  /** IP address of the peer; empty for a Unix socket. */
  readonly address: string;
  /** Whether this is the control socket, whose callers may do everything. */
  readonly root: boolean;
  /** Lifts the runtime's idle timeout for this request: the door's own clocks take over. */
  keepOpen(): void;
  /** Puts the idle timeout back, so that a connection that nobody uses any more is closed. Called before the last byte. */
  restoreIdleTimeout?(): void;
}

/** The doors as a listener sees them. */
export interface App {
  /** Answers every request; never rejects. */
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
  /** From now on model calls are refused with `draining`; running ones go on. */
  refuseNewWork(): void;
  /** Ends every running model call, those of apps that share its state too, with this error, in its protocol. */
  abortRunning(error: GatewayError): void;
  /** Model calls that run now, streams included until their last byte is handed over. */
  inFlight(): number;
  /** Logs at once what was only counted so far; to be called when no more requests come. */
  flushLog(): void;
}

/** Bounds of what one caller may take; bytes and milliseconds. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
  /** Model calls at once; beyond it 503 `overloaded`. */
  readonly maxConcurrentRequests: number;
  /** How long a stream waits for its first event before 200 and heartbeats are sent. */
  readonly commitAfterMs: number;
  readonly heartbeatIntervalMs: number;
  readonly clientStallTimeoutMs: number;
  /** How long, and up to which size, an answer is kept under its caller's idempotency key; 0 ms for not at all. */
  readonly idempotency: { readonly ttlMs: number; readonly maxBytes: number };
}

/** State of the process for probes; `reasons` says why it is not ready, in words without secrets. */
export interface HealthReport {
  readonly startup: boolean;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** Steps of degradation in force, the mildest first. */
  readonly degraded: readonly string[];
}

/** Everything the doors need, handed in. */
export interface HttpParts {
  readonly gateway: Gateway;
  readonly codecs: Readonly<Record<Protocol, Codec>>;
  /** Answers that may be gone on from, or asked for, by their id. */
  readonly responses: ResponseStore;
  /** Calls that their callers may send again under a key of their own. */
  readonly idempotent: Pick<IdempotentCalls, "enter">;
  readonly authenticator: Authenticator;
  readonly limiter: Limiter;
  /** What carries out the operations of `core/api`. */
  readonly handlers: Handlers;
  /** Writes down that an operation was refused to somebody who may not do it; `named` are the parameters of its path. */
  readonly auditRefusal: (caller: Caller, operation: string, named: Readonly<Record<string, string>>) => Promise<void>;
  /** Writes down that an address was told to stop trying keys. */
  readonly auditTriedKeys: (address: string, requestId: string) => Promise<void>;
  readonly login: Pick<Login, "begin" | "verify" | "end">;
  readonly sessions: Pick<SessionAuthenticator, "authenticate">;
  readonly scheduling: SchedulingDesk;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** The metrics page in the Prometheus text format 0.0.4; undefined where metrics are off: then there is no such path. */
  readonly metricsText?: () => string;
  readonly health: () => HealthReport;
  /** What an operator is told of the process, and how it ends. */
  readonly process: ProcessFacts;
  /** Says when new work is refused; absent where that never happens. */
  readonly ladder?: DoorLadder;
  /** What is kept between requests; absent where no other app shares it. */
  readonly state?: DoorState;
  readonly limits: HttpLimits;
  /** A profile without keys: only loopback names are accepted in `Host` and `Origin`. */
  readonly loopbackOnly: boolean;
  /** Origins of pages from elsewhere that may use the own API, in lower case. */
  readonly pageOrigins: ReadonlySet<string>;
  /** Whether the listener speaks TLS itself. */
  readonly servesTls: boolean;
  readonly version: string;
}
