import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Part } from "#core/part.ts";
import { compilePattern } from "#core/routing/pattern.ts";
import type { CapacityLimits, ResourceSpec } from "#core/scheduler/capacity.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { Scheduler } from "#core/scheduler/scheduler.ts";
import {
  activeRules,
  capacityInForce,
  nextChangeMs,
  type QuotaAdjustment,
  quotasInForce,
  type TimeRule,
  weightsInForce,
} from "#core/time-rules/time-rules.ts";

/** What a file of rules says. */
export interface TimeRulesRead {
  readonly rules: readonly TimeRule[];
  /** As `file:line: what`; with any of them the rules are not taken over. */
  readonly problems: readonly string[];
}

/** The scheduler as rules of the hour change it. */
export interface RuledScheduler {
  /** As configured: what holds where no rule does. */
  readonly rules: SchedulingRules;
  readonly resources: readonly ResourceSpec[];
  readonly change: (act: (scheduler: Pick<Scheduler, "setRules" | "setLimits">, nowUs: number) => void) => void;
}

/** What the keeper is built from. */
export interface TimeRuleKeeperParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly checkIntervalMs: number;
  readonly fileCheckIntervalMs: number;
  /** The file as it is now; undefined while it is as it was when last asked. */
  readonly read: () => TimeRulesRead | undefined;
  /** Absent where scheduling is off. */
  readonly scheduler?: RuledScheduler;
  readonly limiter: { setQuotaRules(rules: readonly QuotaAdjustment[]): void };
}

/** A rule and what has become of it. */
export interface KeptRule {
  readonly rule: TimeRule;
  readonly active: boolean;
  /** When it last began to hold, milliseconds since the epoch. */
  readonly lastAppliedMs: number | undefined;
  /** Why it changes nothing. */
  readonly withoutEffect: string | undefined;
}

/** The rules in force, and what is wrong with those that are not taken over. */
export interface TimeRulesState {
  readonly rules: readonly KeptRule[];
  readonly problems: readonly string[];
  readonly readAtMs: number | undefined;
  readonly nextChangeMs: number | undefined;
}

/**
 * Keeps scheduler and limiter to the rules of the hour: looks at the clock every `checkIntervalMs` and when the next rule
 * begins or ends, at the file every `fileCheckIntervalMs`. A file with problems changes nothing.
 */
export class TimeRuleKeeper implements Part {
  readonly name = "time rules";
  readonly #parts: TimeRuleKeeperParts;
  #rules: readonly TimeRule[] = [];
  #problems: readonly string[] = [];
  #active: readonly TimeRule[] = [];
  #weights: readonly number[] | undefined;
  readonly #limits = new Map<string, CapacityLimits>();
  /** By name: a file that is read anew makes new rules. */
  readonly #appliedAtMs = new Map<string, number>();
  #readAtMs: number | undefined;
  #disarmCheck: (() => void) | undefined;
  #disarmRead: (() => void) | undefined;

  constructor(parts: TimeRuleKeeperParts) {
    this.#parts = parts;
  }

  /** The rules that hold now, in order of declaration. */
  get active(): readonly TimeRule[] {
    return this.#active;
  }

  /** Patterns of names of keys and e-mails that rules go by, whether these hold now or not. */
  get ruledNames(): readonly string[] {
    return this.#rules.flatMap((rule) => (rule.kind === "quota" ? rule.quotas.map(({ pattern }) => pattern) : []));
  }

  async start(): Promise<void> {
    this.begin();
  }

  /** Puts the rules of the hour in force before it returns, and keeps to them from now on. */
  begin(): void {
    this.reload();
    this.#readLater();
  }

  async stop(): Promise<void> {
    this.end();
  }

  /** Looks at clock and file no more; the rules of the hour stay in force. */
  end(): void {
    this.#disarmCheck?.();
    this.#disarmRead?.();
    this.#disarmCheck = this.#disarmRead = undefined;
  }

  /** Takes a changed file over if all of it is right, and puts the rules of the hour in force. */
  reload(): void {
    const { clock, log, read } = this.#parts;
    const file = read();
    if (file !== undefined) {
      this.#problems = file.problems;
      if (file.problems.length > 0) log.warn("time_rules_refused", { problems: file.problems });
      else {
        this.#rules = file.rules;
        this.#readAtMs = clock.now();
        log.info("time_rules_read", { rules: file.rules.length });
      }
    }
    this.#check();
  }

  state(): TimeRulesState {
    const rules = this.#rules.map((rule) => ({
      rule,
      active: this.#active.includes(rule),
      lastAppliedMs: this.#appliedAtMs.get(rule.name),
      withoutEffect: this.#whyWithoutEffect(rule),
    }));
    return {
      rules,
      problems: this.#problems,
      readAtMs: this.#readAtMs,
      nextChangeMs: nextChangeMs(this.#rules, this.#parts.clock.now()),
    };
  }

  #readLater(): void {
    const { clock, fileCheckIntervalMs } = this.#parts;
    this.#disarmRead = clock.after(fileCheckIntervalMs, () => {
      this.reload();
      this.#readLater();
    });
  }

  #check(): void {
    const { clock, checkIntervalMs, log } = this.#parts;
    const nowMs = clock.now();
    const before = this.#active;
    const active = activeRules(this.#rules, nowMs);
    if (!isSame(before, active)) {
      this.#active = active;
      this.#apply(active);
      const names = new Set(before.map(({ name }) => name));
      for (const { name } of active) if (!names.has(name)) this.#appliedAtMs.set(name, nowMs);
      log.info("time_rules_changed", { active: active.map(({ name }) => name) });
    }
    // The next change may lie before the next look; the wall clock may be set at any time.
    const untilChangeMs = (nextChangeMs(this.#rules, nowMs) ?? Number.POSITIVE_INFINITY) - nowMs;
    this.#disarmCheck?.();
    this.#disarmCheck = clock.after(Math.min(checkIntervalMs, Math.max(1, untilChangeMs)), () => this.#check());
  }

  #apply(active: readonly TimeRule[]): void {
    const { limiter, scheduler } = this.#parts;
    limiter.setQuotaRules(quotasInForce(active));
    scheduler?.change((machine, nowUs) => {
      const weights = weightsInForce(active);
      if (weights !== this.#weights) machine.setRules(nowUs, weighted(scheduler.rules, weights));
      this.#weights = weights;
      for (const { id, limits: configured } of scheduler.resources) {
        const limits = capacityInForce(active, id, configured);
        if (!areSameLimits(this.#limits.get(id) ?? configured, limits)) machine.setLimits(nowUs, id, limits);
        this.#limits.set(id, limits);
      }
    });
  }

  #whyWithoutEffect(rule: TimeRule): string | undefined {
    if (rule.kind === "quota") return undefined;
    const { scheduler } = this.#parts;
    if (scheduler === undefined) return "scheduling is off";
    if (rule.kind === "weight") {
      const { policy } = scheduler.rules;
      return policy === "weighted" ? undefined : `weights count under scheduler.policy = weighted alone, not ${policy}`;
    }
    const target = compilePattern(rule.target);
    if (scheduler.resources.some(({ id }) => target.matches(id))) return undefined;
    return `no capacity is configured for ${rule.target}`;
  }
}

function weighted(rules: SchedulingRules, weights: readonly number[] | undefined): SchedulingRules {
  if (weights === undefined) return rules;
  return {
    ...rules,
    levels: rules.levels.map((level, index) => ({ ...level, weight: weights[index] ?? level.weight })),
  };
}

function isSame(before: readonly TimeRule[], now: readonly TimeRule[]): boolean {
  return before.length === now.length && before.every((rule, index) => rule === now[index]);
}

function areSameLimits(a: CapacityLimits, b: CapacityLimits): boolean {
  return (
    a.tokensPerSecond === b.tokensPerSecond &&
    a.requestsPerSecond === b.requestsPerSecond &&
    a.concurrent === b.concurrent &&
    a.contextTokens === b.contextTokens
  );
}
