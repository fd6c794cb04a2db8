/** What something can take, in the four dimensions of the specification. An absent limit is none; 0 takes nothing. */
export interface CapacityLimits {
  readonly tokensPerSecond?: number;
  readonly requestsPerSecond?: number;
  readonly concurrent?: number;
  /** Tokens of prompt and answer together. */
  readonly contextTokens?: number;
}

/** Something whose capacity several deployments may share: a provider as a whole, or a model of it. */
export interface ResourceSpec {
  /** `provider` or `provider/model`. */
  readonly id: string;
  readonly limits: CapacityLimits;
}

/** One place that can answer, and everything whose capacity it draws on. */
export interface DeploymentSpec {
  /** A `DeploymentId` as text. */
  readonly id: string;
  readonly resources: readonly string[];
  /** Share of the choices inside its pool, 1..1000. */
  readonly weight: number;
  /** Deployments of one group are ordered together: they share capacity, or a route. */
  readonly group: string;
}

/** Everything that has capacity, as a configuration declares it. */
export interface CapacitySpec {
  readonly resources: readonly ResourceSpec[];
  readonly deployments: readonly DeploymentSpec[];
}

/** Whether a deployment may be chosen: `half-open` for a few trials; `open` only where nobody else of the lane is left. */
export type HealthState = "closed" | "half-open" | "open";

/** One limit of a provider, as it says itself. */
export interface RemainingLimit {
  readonly remaining: number;
  /** Microseconds until it is whole again; absent where it does not say. */
  readonly resetInUs?: number;
}

/** What a provider says of its own limits in the headers of an answer: they hold for one of its keys and one model. */
export interface UpstreamLimits {
  readonly requests?: RemainingLimit;
  readonly tokens?: RemainingLimit;
}
