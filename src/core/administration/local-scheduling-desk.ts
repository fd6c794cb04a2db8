import {
  type ExplainCall,
  explainCallSchema,
  type ExplainRoute,
  explainRouteSchema,
  type ExplanationView,
  type PoolOutcome,
  type RouteView,
} from "#core/api/explanation.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { type RoutedParts, routedView } from "#core/administration/routed-view.ts";
import { forecastView, levelView, schedulerView } from "#core/administration/scheduling-view.ts";
import type { SchedulerStatusView, SchedulingDesk } from "#core/api/scheduling.ts";
import { refusalAtDoor, supposedCall, supposedCaller } from "#core/administration/supposed-call.ts";
import { timeRulesView } from "#core/administration/time-rules-view.ts";
import { noTimeRules, type TimeRulesView } from "#core/api/time-rules.ts";
import { recordOf } from "#core/administration/trail.ts";
import type { AuditStore } from "#core/audit/audit-store.ts";
import { requestedModel } from "#core/chat/canonical-request.ts";
import type { Clock } from "#core/effects/clock.ts";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Principal } from "#core/identity/principal.ts";
import { candidatesFor, type WorkMode } from "#core/routing/candidates.ts";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import { type MatchedRoute, modelNotFound, type RoutePlan } from "#core/routing/route-plan.ts";
import type { AdmissionAsk } from "#core/admission/admission.ts";
import type { Levels } from "#core/admission/level.ts";
import type { SheddingAdmission } from "#core/admission/shedding-admission.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledAdmission } from "#core/admission/scheduled-admission.ts";
import type { TimeRuleKeeper } from "#core/time-rules/time-rule-keeper.ts";
import type { TokenExpectation } from "#core/admission/token-expectation.ts";

/** What the desk looks into where scheduling is on. */
export interface ScheduledParts {
  readonly admission: Pick<ScheduledAdmission, "forecast" | "state">;
  readonly rules: SchedulingRules;
  readonly shedding: Pick<SheddingAdmission, "wouldTurnAway">;
}

/** What the desk looks into. */
export interface SchedulingDeskParts extends Omit<RoutedParts, "prices"> {
  /** The prices in force. */
  readonly prices: () => Promise<RoutedParts["prices"]>;
  readonly plan: Pick<RoutePlan, "explain">;
  readonly workMode: WorkMode;
  readonly levels: Levels;
  readonly expectation: Pick<TokenExpectation, "of">;
  readonly identity: Pick<IdentityStore, "findKey" | "findUser">;
  readonly audit: Pick<AuditStore, "appendAudit">;
  readonly clock: Clock;
  readonly ladder: Pick<DegradationLadder, "look" | "isShut">;
  /** How long a call may take that says nothing of it. */
  readonly requestTimeoutMs: number;
  /** Undefined where scheduling is off. */
  readonly scheduler: ScheduledParts | undefined;
  /** Undefined where no rules by time of day are followed. */
  readonly timeRules: { readonly keeper: TimeRuleKeeper; readonly file: string } | undefined;
}

const isOff = "Scheduling is off: set scheduling.enabled = true to order and bound calls.";
/** What admission throws where a pool is too short, or wholly out of order. */
const leavesToNextPool: ReadonlySet<ErrorCode> = new Set(["context_length_exceeded", "no_capacity"]);

type Asking = Omit<AdmissionAsk, "candidates" | "lastResort">;

/** The desk on the parts themselves: plan, levels, expectations and scheduler are those that serve calls. */
export class LocalSchedulingDesk implements SchedulingDesk {
  readonly #parts: SchedulingDeskParts;

  constructor(parts: SchedulingDeskParts) {
    this.#parts = parts;
  }

  async status(): Promise<SchedulerStatusView> {
    const { ladder, scheduler, timeRules } = this.#parts;
    const degraded = ladder.look();
    if (scheduler === undefined) return { enabled: false, message: isOff, degraded: [...degraded] };
    const active = timeRules?.keeper.active.map(({ name }) => name) ?? [];
    return schedulerView(scheduler.admission.state(), scheduler.rules, active, degraded);
  }

  async explain(input: ExplainCall, asker: Principal): Promise<ExplanationView> {
    const { model, protocol, priority, input_tokens: inputTokens, ...said } = parseInput(explainCallSchema, input);
    const { clock, expectation, identity, ladder, levels, requestTimeoutMs, scheduler } = this.#parts;
    const route = this.#match(model);
    const caller = await supposedCaller(identity, { ...said, asker, nowMs: clock.now() });
    const { principal } = caller;
    const call = supposedCall({
      model,
      protocol,
      principal,
      priority: priority === undefined ? undefined : String(priority),
      outputTokens: said.output_tokens,
      receivedAt: clock.monotonic(),
    });
    const level = levels.of(call);
    const { outputTokens } = expectation.of(call);
    const expected = { inputTokens, cachedTokens: 0, outputTokens: said.output_tokens ?? outputTokens };
    const giveUpAtMs = call.receivedAt + Math.min(said.deadline_ms ?? requestTimeoutMs, requestTimeoutMs);
    const asking = { call, level, giveUpAtMs, expected: () => expected };
    const atDoor = refusalAtDoor(caller, requestedModel(call.request)) ?? (ladder.isShut ? "overloaded" : undefined);
    const pools = this.#foreseePools(route, asking, atDoor);
    const { deployments: _, ...outcome } = pools.find((pool) => pool.outcome !== "refuse") ?? pools.at(-1) ?? nobody;
    return {
      model,
      route: route.pattern,
      protocol,
      scheduled: scheduler !== undefined,
      tenant: principal.tenantId,
      ...levelView(level, levels.count),
      input_tokens: expected.inputTokens,
      output_tokens: expected.outputTokens,
      ...outcome,
      pools,
    };
  }

  async explainRoute(input: ExplainRoute): Promise<RouteView> {
    const { model, protocol } = parseInput(explainRouteSchema, input);
    const { workMode } = this.#parts;
    const { pattern, pools, weights } = this.#match(model);
    const parts = { ...this.#parts, prices: await this.#parts.prices() };
    return {
      model,
      protocol,
      work_mode: workMode,
      route: pattern,
      pools: pools.map((pool) =>
        pool.map((deployment) => {
          const [candidate] = candidatesFor([{ ...deployment, pool: 0 }], protocol, workMode);
          return routedView(deployment, candidate, protocol, parts);
        }),
      ),
      pool_weights: weights === undefined ? null : [...weights],
    };
  }

  async timeRules(): Promise<TimeRulesView> {
    const { timeRules } = this.#parts;
    return timeRules === undefined ? noTimeRules : timeRulesView(timeRules.file, timeRules.keeper.state());
  }

  async reloadTimeRules(asker: Caller): Promise<TimeRulesView> {
    const { audit, timeRules } = this.#parts;
    const note = { action: "reloadTimeRules", target: { kind: "time_rules", id: "*" } };
    // Before, so that no rules are in force that nobody is known to have asked for.
    await audit.appendAudit(recordOf(this.#parts, asker, "done", note));
    timeRules?.keeper.reload();
    return this.timeRules();
  }

  #match(model: string): MatchedRoute {
    const route = this.#parts.plan.explain(model);
    if (route === undefined || route.pools.length === 0) throw modelNotFound(model);
    return route;
  }

  /** Each pool alone; only the last that can be asked at all tries one that is out of order. */
  #foreseePools({ pools }: MatchedRoute, asking: Asking, atDoor: ErrorCode | undefined): ExplanationView["pools"] {
    const { protocol } = asking.call;
    const able = pools.map((deployments, pool) => {
      const planned = deployments.map((deployment) => ({ ...deployment, pool }));
      return candidatesFor(planned, protocol, this.#parts.workMode);
    });
    const last = able.findLastIndex((candidates) => candidates.length > 0);
    return pools.map((deployments, pool) => {
      const ask = { ...asking, candidates: able[pool] ?? [], lastResort: pool === last };
      const outcome = atDoor === undefined ? this.#foresee(ask) : refused(atDoor);
      return { deployments: deployments.map(deploymentIdOf), ...outcome };
    });
  }

  #foresee(ask: AdmissionAsk): PoolOutcome {
    if (ask.candidates.length === 0) return refused("unsupported_value");
    const { scheduler } = this.#parts;
    if (scheduler === undefined) return this.#foreseeDirect(ask);
    try {
      if (scheduler.shedding.wouldTurnAway(ask)) return refused("overloaded");
      return forecastView(scheduler.admission.forecast(ask));
    } catch (thrown) {
      if (thrown instanceof GatewayError && leavesToNextPool.has(thrown.code)) return refused(thrown.code);
      throw thrown;
    }
  }

  /** Without a scheduler the first that is healthy is asked; with weights or several keys they take turns. */
  #foreseeDirect({ candidates, lastResort }: AdmissionAsk): PoolOutcome {
    const { health } = this.#parts;
    const ids = candidates.map(deploymentIdOf);
    const deployment = ids.find((id) => health.stateOf(id) !== "open") ?? (lastResort ? ids[0] : undefined);
    return deployment === undefined ? refused("no_capacity") : { ...refused(null), outcome: "dispatch", deployment };
  }
}

function refused(reason: string | null): PoolOutcome {
  return {
    outcome: "refuse",
    deployment: null,
    reason,
    position: 0,
    predicted_wait_ms: 0,
    wait_limit_ms: null,
  };
}

const nobody = { deployments: [], ...refused("model_not_found") };
