import { GatewayError } from "#core/errors.ts";
import { type Tier, tiers } from "#core/identity/key-policy.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { ModelCall } from "#core/model-call.ts";
import { compilePattern, type Pattern } from "#core/routing/pattern.ts";

/** What the ten levels of the specification are called, the most urgent first. */
export const levelNames = [
  "Critical",
  "Urgent",
  "High",
  "Elevated",
  "AboveNormal",
  "Normal",
  "BelowNormal",
  "Low",
  "Bulk",
  "Background",
] as const;

const levelOfTier: Readonly<Record<Tier, number>> = {
  internal: 0,
  partner: 2,
  standard: 5,
  external: 6,
  bulk: 8,
  background: 9,
};

/** Where one of the ten levels lies among `count`; with ten it is the same. */
export function scaledLevel(level: number, count: number): number {
  return Math.round((level * (count - 1)) / (levelNames.length - 1));
}

/** The level, among `count`, that a tier stands for (DESIGN section 4). */
export function levelFor(tier: Tier, count: number): number {
  return scaledLevel(levelOfTier[tier], count);
}

/** `P5 Normal`, or `P5` alone where there are not ten levels. */
export function levelLabel(level: number, count: number): string {
  const name = count === levelNames.length ? levelNames[level] : undefined;
  return name === undefined ? `P${level}` : `P${level} ${name}`;
}

/** The level that a text means among `count`: `0`, `P0`, `Critical` or, of a tier, `internal`. Undefined for anything else. */
export function parseLevel(text: string, count: number): number | undefined {
  const word = text.trim().toLowerCase();
  const digits = /^p?(\d{1,3})$/.exec(word)?.[1];
  if (digits !== undefined) return Number(digits) < count ? Number(digits) : undefined;
  const named = levelNames.findIndex((name) => name.toLowerCase() === word);
  if (named >= 0) return scaledLevel(named, count);
  const tier = tiers.find((name) => name === word);
  return tier === undefined ? undefined : levelFor(tier, count);
}

/** A line of `[priority_rules]`: the level of keys whose name, or whose owner's e-mail, matches. */
export interface LevelRule {
  readonly pattern: string;
  readonly level: number;
}

/** What levels are settled by. */
export interface LevelOptions {
  readonly count: number;
  readonly defaultLevel: number;
  /** False: every call has the default level. */
  readonly enabled: boolean;
  readonly rules: readonly LevelRule[];
}

/** The level of a caller, and how far a call may move it. */
export interface LevelBounds {
  readonly own: number;
  readonly best: number;
  readonly worst: number;
}

/** How much less urgent a call is than its key, by what Claude Code says of it; in steps of ten levels. */
const stepsOfClass: ReadonlyMap<string, number> = new Map([
  ["subagent", 1],
  ["workflow", 1],
  ["auxiliary", 2],
]);
const stepsOfServiceTier: ReadonlyMap<string, number> = new Map([
  ["flex", 2],
  ["priority", -2],
]);

/** Settles the level of each call: who calls decides, what the call says of itself moves it within the caller's bounds. */
export class Levels {
  readonly count: number;
  readonly #options: LevelOptions;
  readonly #rules: readonly { readonly pattern: Pattern; readonly level: number }[];
  readonly #bounds = new WeakMap<Principal, LevelBounds>();

  constructor(options: LevelOptions) {
    this.count = options.count;
    this.#options = options;
    this.#rules = options.rules
      .map(({ pattern, level }) => ({ pattern: compilePattern(pattern), level }))
      .sort((a, b) => rank(b.pattern) - rank(a.pattern));
  }

  /** 0 the most urgent. Throws `invalid_request` for a priority that is none. */
  of(call: Pick<ModelCall, "principal" | "request" | "priority" | "requestClass">): number {
    if (!this.#options.enabled) return this.#options.defaultLevel;
    const { own, best, worst } = this.boundsOf(call.principal);
    const asked = call.priority === undefined ? own + this.#moved(call) : this.#asked(call.priority);
    return clamp(asked, best, worst);
  }

  /** Level and bounds of a caller: its own priority, else the first rule for its names, else its tier, else the default. */
  boundsOf(principal: Principal): LevelBounds {
    const known = this.#bounds.get(principal);
    if (known !== undefined) return known;
    const bounds = this.#find(principal);
    this.#bounds.set(principal, bounds);
    return bounds;
  }

  #find({ kind, names, policy }: Principal): LevelBounds {
    const { count, defaultLevel } = this.#options;
    const last = count - 1;
    if (kind !== "key") return { own: defaultLevel, best: 0, worst: last };
    const ofTier = policy?.tier === undefined ? defaultLevel : levelFor(policy.tier, count);
    const settled = clamp(policy?.priority ?? this.#byRule(names) ?? ofTier, 0, last);
    const best = clamp(policy?.bestPriority ?? settled, 0, last);
    const worst = clamp(policy?.worstPriority ?? last, best, last);
    return { own: clamp(settled, best, worst), best, worst };
  }

  #byRule(names: Principal["names"]): number | undefined {
    if (names === undefined) return undefined;
    return this.#rules.find(({ pattern }) => pattern.matches(names.key) || pattern.matches(names.user))?.level;
  }

  #moved({ request, requestClass }: Pick<ModelCall, "request" | "requestClass">): number {
    const serviceTier = request.operation === "chat" ? request.chat.serviceTier : undefined;
    if (requestClass === undefined && serviceTier === undefined) return 0;
    return (
      this.#steps(stepsOfClass.get(requestClass?.trim().toLowerCase() ?? "")) +
      this.#steps(stepsOfServiceTier.get(serviceTier ?? ""))
    );
  }

  /** With fewer levels a step is still a step. */
  #steps(steps = 0): number {
    return Math.sign(steps) * (steps === 0 ? 0 : Math.max(1, scaledLevel(Math.abs(steps), this.count)));
  }

  #asked(text: string): number {
    const level = parseLevel(text, this.count);
    if (level !== undefined) return level;
    throw new GatewayError(
      "invalid_request",
      `x-tokligence-priority must be a level from 0 to ${this.count - 1}, or the name of one.`,
      { details: { field: "x-tokligence-priority" } },
    );
  }
}

/** An exact name before any pattern, then the more specific one; of equals the one declared first. */
function rank({ text, literals }: Pattern): number {
  return text.includes("*") ? literals : Number.POSITIVE_INFINITY;
}

function clamp(level: number, least: number, most: number): number {
  return Math.min(Math.max(level, least), most);
}
