/** Gateways that others move here from. */
export const foreignSources = ["litellm", "one-api", "new-api", "portkey"] as const;
export type ForeignSource = (typeof foreignSources)[number];

/** What another gateway's files become here. */
export interface ForeignPlan {
  /** Providers, routes and capacities in the words of `gateway.ini`; empty when there are none. */
  readonly configuration: string;
  /** Records of users, teams, keys and budgets, by table, as an export holds them. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  /** What could not be carried as it was, by name, a sentence each. */
  readonly notes: readonly string[];
}
