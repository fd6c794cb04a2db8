import type { RequestId, TenantId } from "#core/effects/ids.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";
import type { AdmissionAsk, Lease } from "#core/admission/admission.ts";
import type { CapacityLimits, HealthState } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { ScheduledAdmission } from "#core/admission/scheduled-admission.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { SchedulingMeter } from "#core/admission/scheduling-meter.ts";
import { Topology } from "#core/admission/topology.ts";
import { modelCall } from "#core/test-gateway.ts";

/** Strict, ten levels that may wait a minute, small bounds. */
export const rules: SchedulingRules = {
  capacityModel: "multi_dimensional",
  policy: "strict",
  levels: Array.from({ length: 10 }, (_, level) => ({
    floorPermille: level === 0 ? 0 : 10,
    weight: 1,
    waitBudgetUs: 60_000_000,
  })),
  maxAgeUs: 60_000_000,
  queueTimeoutUs: 90_000_000,
  maxQueued: 100,
  tenantSharePermille: 1000,
  maxQueuedBytes: 1_000_000,
  costPermille: { input: 1000, cached: 100, output: 4000 },
  probes: 1,
};

/** What a test of admission holds. */
export interface Bench {
  readonly clock: VirtualClock;
  readonly meter: RecordingMeter;
  readonly admission: ScheduledAdmission;
  readonly scheduler: Scheduler;
  readonly health: Map<string, HealthState>;
  /** Providers that are asked by requests of before alone. */
  readonly retired: Set<Candidate["provider"]>;
  readonly healthChanged: (id: string, state: HealthState) => void;
}

/** The model `m` at the providers `a` and `b`, with these limits, and every other model at `a`. */
export function topologyOf(limits: Readonly<Record<string, CapacityLimits>>, names = ["a", "b"]): Topology {
  return new Topology(
    [parseRoute("m", names.join(" | ")), parseRoute("*", names[0] ?? "a")],
    names.map((name) => ({
      name,
      keys: 1,
      models: [],
      limits: {},
      modelLimits: new Map(limits[name] === undefined ? [] : [["m", limits[name]]]),
    })),
  );
}

/** Scheduled admission to the model `m` of the providers `a` and `b` with these limits, under a virtual clock. */
export function bench(limits: Readonly<Record<string, CapacityLimits>>, said: Partial<SchedulingRules> = {}): Bench {
  const clock = new VirtualClock();
  const meter = new RecordingMeter();
  const scheduler = new Scheduler({ ...rules, ...said });
  const topology = topologyOf(limits);
  const health = new Map<string, HealthState>();
  const retired = new Set<Candidate["provider"]>();
  let listener: (id: DeploymentId) => void = () => undefined;
  const admission = new ScheduledAdmission({
    scheduler,
    topology,
    health: {
      stateOf: (id) => health.get(id) ?? "closed",
      isRetired: (provider) => retired.has(provider),
      retryAfterMs: (id) => (health.get(id) === "open" ? 7_000 : 0),
      onChange: (heard) => {
        listener = heard;
      },
    },
    meter: new SchedulingMeter(meter, 10),
    clock,
    levels: 10,
    countsTokens: true,
  });
  const healthChanged = (id: string, state: HealthState) => {
    health.set(id, state);
    listener(id as DeploymentId);
  };
  return { clock, meter, admission, scheduler, health, retired, healthChanged };
}

const providers = { a: stubProvider("a"), b: stubProvider("b") };
/** A candidate of one pool. */
export const at = (provider: "a" | "b", model = "m"): Candidate => ({
  provider: providers[provider],
  model,
  weight: 1,
  pool: 0,
  upstreamProtocol: "openai-chat",
  translate: false,
});

/** What differs from a small request of level 5. */
export interface Asking {
  readonly level?: number;
  readonly id?: string;
  readonly tenant?: string;
  readonly to?: readonly Candidate[];
  readonly signal?: AbortSignal;
  readonly tokens?: number;
  readonly giveUpAtMs?: number;
  readonly receivedAt?: number;
}

/** What an attempt asks for. */
export function ask({
  level = 5,
  id = "req_1",
  tenant = "t",
  to = [at("a")],
  tokens = 10,
  ...rest
}: Asking = {}): AdmissionAsk {
  const { signal = new AbortController().signal, giveUpAtMs = 600_000, receivedAt = 0 } = rest;
  const plain = modelCall(signal, "m");
  const call = {
    ...plain,
    requestId: id as RequestId,
    principal: { ...plain.principal, tenantId: tenant as TenantId },
    receivedAt,
  };
  const expected = { inputTokens: tokens, cachedTokens: 0, outputTokens: 10 };
  return { call, level, candidates: to, lastResort: true, giveUpAtMs, expected: () => expected };
}

/** The lease of somebody who did not have to wait. */
export function atOnce(answer: Lease | Promise<Lease>): Lease {
  if (answer instanceof Promise) throw new Error("It waits.");
  return answer;
}

/** The refusal of somebody who was turned away at once. */
export function refused(admit: () => unknown): GatewayError {
  try {
    admit();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("It was not refused.");
}

/** The end of an attempt that was answered. */
export const ended = { tokens: { inputTokens: 10, cachedTokens: 0, outputTokens: 5 }, sent: true };
/** One place alone. */
export const one = { a: { concurrent: 1 } };
