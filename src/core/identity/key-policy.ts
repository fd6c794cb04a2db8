/** Who a key is for; each stands for a level (DESIGN section 4). */
export const tiers = ["internal", "partner", "standard", "external", "bulk", "background"] as const;
export type Tier = (typeof tiers)[number];

/** What a key may take. An absent limit is none. */
export interface KeyLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrent?: number;
  /** Tokens a UTC day; a quota. */
  readonly tokensPerDay?: number;
  /** Tokens a UTC month; a quota. */
  readonly tokensPerMonth?: number;
  /** `soft` counts and warns at the quota and refuses at 120 % of it; `hard`, the default, refuses at the quota. */
  readonly quotaMode?: "hard" | "soft";
}

/** What an operator settled for one key. */
export interface KeyPolicy {
  readonly tier?: Tier;
  /** Level of its requests; of its tier when absent. */
  readonly priority?: number;
  /** The most urgent level it may ask for; its own level when absent. */
  readonly bestPriority?: number;
  /** The least urgent one; the last level when absent. */
  readonly worstPriority?: number;
  /** Share among the tenants of a level, 1..1000; 1 when absent. */
  readonly weight?: number;
  /** Names or patterns of the models it may ask for; all when absent. */
  readonly models?: readonly string[];
  readonly limits: KeyLimits;
}
