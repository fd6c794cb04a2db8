import { type Handlers, operations } from "#core/api/operations.ts";
import type { SchedulingDesk } from "#core/api/scheduling.ts";
import { noTimeRules } from "#core/api/time-rules.ts";
import type { BudgetId, EventId, Ids, KeyId, NodeId, RequestId, SessionId, TeamId, UserId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { allPermissions, callerPermissions, type Permission } from "#core/identity/permission.ts";
import { localTenant } from "#core/identity/principal.ts";
import { noLimits } from "#core/limits/no-limits.ts";
import type { Gateway, ModelCall, ModelReply } from "#core/model-call.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";
import type { WaitingPlace } from "#core/admission/admission.ts";
import type { Protocol } from "#core/wire/codec.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { createApp } from "#http/app.ts";
import type { App, Connection, HttpLimits, HttpParts } from "#http/http-parts.ts";
import { plainCodecs } from "#http/plain-codec.ts";

/** A gateway whose answers a test decides; it keeps the calls. */
export class FakeGateway implements Gateway {
  readonly calls: ModelCall[] = [];
  answer: (call: ModelCall) => Promise<ModelReply> = async () => replyOf([]);

  open(call: ModelCall): Promise<ModelReply> {
    this.calls.push(call);
    return this.answer(call);
  }

  checkModel(model: string): void {
    if (model === "unknown") throw new GatewayError("model_not_found", "No such model.");
  }

  /** Where calls wait, by request id. */
  readonly places = new Map<string, WaitingPlace>();

  waiting(requestId: string): WaitingPlace | undefined {
    return this.places.get(requestId);
  }

  isWaiting(requestId: string): boolean {
    return this.places.has(requestId);
  }

  models() {
    return [
      { id: "gpt-x", ownedBy: "acme", displayName: "GPT X", contextWindow: 1000, maxOutputTokens: 100 },
      { id: "org/deep/model", ownedBy: "acme" },
    ];
  }
}

/** An answer of these pieces, at once, made of events unless `rawProtocol` says that they are bytes. */
export function replyOf(pieces: readonly ReplyPiece[], rawProtocol?: Protocol): ModelReply {
  async function* give(): ModelReply["pieces"] {
    yield* pieces;
  }
  return reply(give(), rawProtocol);
}

/** An answer around a generator. */
export function reply(pieces: ModelReply["pieces"], rawProtocol?: Protocol): ModelReply {
  const times = { queueMs: 0, upstreamMs: 0 };
  return { provider: "acme", model: "gpt-x", rawProtocol, dropped: [], ...times, pieces, costNanos: () => 1_500n };
}

/** Rejects with the signal's reason as soon as it is pulled; never resolves. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A connection from this machine that counts how often it was kept open. */
export class FakeConnection implements Connection {
  readonly address: string;
  readonly root: boolean;
  keptOpen = 0;
  restored = 0;

  constructor(address = "127.0.0.1", root = false) {
    this.address = address;
    this.root = root;
  }

  keepOpen(): void {
    this.keptOpen += 1;
  }

  restoreIdleTimeout(): void {
    this.restored += 1;
  }
}

/** What a test watches while the doors work. */
export interface Watch {
  readonly gateway: FakeGateway;
  readonly clock: VirtualClock;
  readonly log: RecordingLog;
  readonly meter: RecordingMeter;
  /** Keys that were shown. */
  readonly presented: (string | undefined)[];
  /** What administration was asked to do. */
  readonly asked: string[];
}

/**
 * Doors in front of fakes. The key `good` may do everything, `caller` may call models, `nearly` nothing; any other is
 * refused.
 */
export interface TestDoors extends Watch {
  readonly app: App;
  /** Sends a request with a `Host` of this machine unless other headers say otherwise. */
  send(path: string, init?: RequestInit, connection?: Connection): Promise<Response>;
  /** Posts JSON to the chat endpoint with the key `good`. */
  chat(body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

/** Fakes for every part; `overrides` replaces some, `limits` single limits. */
export function testParts(
  overrides: Partial<HttpParts> = {},
  limits: Partial<HttpLimits> = {},
  watch: Watch = newWatch(),
): HttpParts {
  const { asked, clock, gateway, log, meter, presented } = watch;
  return {
    gateway,
    codecs: plainCodecs,
    idempotent: { enter: () => Promise.reject(new GatewayError("internal", "No call is kept here.")) },
    responses: new MemoryResponseStore({ mostResponses: 10, mostBytes: 100_000, timeToLiveMs: 60_000 }, clock),
    authenticator: {
      authenticate(credentials) {
        presented.push(credentials.presented);
        const granted = permissionsOf(credentials.presented);
        if (granted === undefined) throw new GatewayError("unauthenticated", "Not known.");
        return { kind: "key", tenantId: localTenant, permissions: granted };
      },
    },
    limiter: noLimits,
    handlers: fakeHandlers(asked),
    auditRefusal: async ({ principal }, operation) => void asked.push(`refused ${operation} to a ${principal.kind}`),
    auditTriedKeys: async (address) => void asked.push(`refused keys from ${address}`),
    login: {
      begin: () => ({ challenge: "c".repeat(64) }),
      verify: () => Promise.reject(new GatewayError("unauthenticated", "The code is not valid.")),
      end: async (id) => void asked.push(`end ${id}`),
    },
    sessions: { authenticate: async () => undefined },
    scheduling: fakeDesk(asked),
    clock,
    ids: countingIds(),
    log,
    meter,
    metricsText: () => "metric 1\n",
    process: {
      pid: 4711,
      startedAtMs: 0,
      address: () => "http://127.0.0.1:8081",
      profile: () => "personal",
      configDir: "/etc/tokligence",
      memory: () => ({ residentBytes: 1000, limitBytes: undefined }),
      deployments: { troubled: () => [] },
      troubles: { newest: [] },
      longestEndMs: () => 45_000,
      shutDown: (now) => void asked.push(`shutDown ${now}`),
    },
    health: () => ({ startup: true, ready: true, reasons: [], degraded: [] }),
    loopbackOnly: false,
    pageOrigins: new Set(),
    servesTls: false,
    version: "1.2.3",
    ...overrides,
    limits: {
      maxBodyBytes: 1000,
      bodyTimeoutMs: 5000,
      maxConcurrentRequests: 4,
      commitAfterMs: 10_000,
      heartbeatIntervalMs: 15_000,
      clientStallTimeoutMs: 60_000,
      idempotency: { ttlMs: 86_400_000, maxBytes: 1000 },
      ...limits,
    },
  };
}

/** Builds doors around `testParts`. */
export function testDoors(overrides: Partial<HttpParts> = {}, limits: Partial<HttpLimits> = {}): TestDoors {
  const watch = newWatch();
  const app = createApp(testParts(overrides, limits, watch));
  const send: TestDoors["send"] = async (path, init = {}, from = new FakeConnection()) => {
    const headers = new Headers(init.headers);
    if (!headers.has("host")) headers.set("host", "localhost:8081");
    return app.fetch(new Request(`http://localhost:8081${path}`, { ...init, headers }), from);
  };
  return {
    ...watch,
    app,
    send,
    chat: (body, headers = {}, signal) =>
      send("/v1/chat/completions", {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json", authorization: "Bearer good", ...headers },
        ...(signal === undefined ? {} : { signal }),
      }),
  };
}

function newWatch(): Watch {
  return {
    gateway: new FakeGateway(),
    clock: new VirtualClock(),
    log: new RecordingLog(),
    meter: new RecordingMeter(),
    presented: [],
    asked: [],
  };
}

function permissionsOf(presented: string | undefined): ReadonlySet<Permission> | undefined {
  switch (presented) {
    case "good":
      return allPermissions;
    case "caller":
      return callerPermissions;
    case "nearly":
      return new Set();
    default:
      return undefined;
  }
}

function countingIds(): Ids {
  let requests = 0;
  return {
    request() {
      requests += 1;
      return `req_${requests}` as RequestId;
    },
    user: () => "usr_1" as UserId,
    key: () => "key_1" as KeyId,
    team: () => "team_1" as TeamId,
    budget: () => "bud_1" as BudgetId,
    session: () => "ses_1" as SessionId,
    event: () => "evt_1" as EventId,
    node: () => "node_1" as NodeId,
  };
}

/** Lists are empty, and nothing else is there. */
function fakeHandlers(asked: string[]): Handlers {
  const handlers = Object.entries(operations).map(([name, { output }]) => [
    name,
    async (input: unknown) => {
      asked.push(`${name} ${JSON.stringify(input)}`);
      const isList = "data" in (output.shape ?? {});
      if (isList) return { data: [], next_cursor: null };
      throw new GatewayError("not_found", "There is no such thing.");
    },
  ]);
  return Object.fromEntries(handlers) as Handlers;
}

function fakeDesk(asked: string[]): SchedulingDesk {
  const refuse = async (text: string): Promise<never> => {
    asked.push(text);
    throw new GatewayError("model_not_found", "There is no such model.");
  };
  const rules = async (text: string) => {
    asked.push(text);
    return noTimeRules;
  };
  return {
    status: async () => ({ enabled: false, message: "Scheduling is off.", degraded: [] }),
    explain: (input) => refuse(`explain ${JSON.stringify(input)}`),
    explainRoute: (input) => refuse(`explainRoute ${JSON.stringify(input)}`),
    timeRules: () => rules("timeRules"),
    reloadTimeRules: () => rules("reloadTimeRules"),
  };
}
