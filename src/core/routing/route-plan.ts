import { longestModelName } from "#core/chat/canonical-request.ts";
import { GatewayError } from "#core/errors.ts";
import { compilePattern, type Pattern } from "#core/routing/pattern.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Pool, Route, Target } from "#core/routing/route.ts";
import { WeightedChoice } from "#core/routing/weighted-choice.ts";

/** One deployment to try: who, and which model name to ask for. */
export interface Deployment {
  readonly provider: Provider;
  readonly model: string;
}

const longestEcho = 200;

interface CompiledPool {
  readonly targets: readonly Target[];
  readonly choice: WeightedChoice;
}

interface CompiledRoute {
  readonly pattern: Pattern;
  readonly pools: readonly CompiledPool[];
  /** Which pool goes first; undefined when the order is the written one. */
  readonly choice: WeightedChoice | undefined;
}

/**
 * Answers which deployments to try for a model, in order. A model is matched by its exact name, else by the most
 * specific pattern, else by order of declaration. The only state is the turn of each weighted choice.
 */
export class RoutePlan {
  readonly #exact = new Map<string, CompiledRoute>();
  readonly #patterns: readonly CompiledRoute[];
  readonly #providers: ReadonlyMap<string, Provider>;

  constructor(routes: readonly Route[], providers: readonly Provider[]) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
    const compiled = routes.map(compileRoute);
    for (const route of compiled) if (!route.pattern.text.includes("*")) this.#exact.set(route.pattern.text, route);
    this.#patterns = compiled
      .filter((route) => route.pattern.text.includes("*"))
      .sort((a, b) => b.pattern.literals - a.pattern.literals);
  }

  /** Exact names of `[routes]`, in order of declaration. */
  names(): readonly string[] {
    return [...this.#exact.keys()];
  }

  /** True if some route could answer the model. */
  accepts(model: string): boolean {
    const route = this.#find(model);
    return (
      route !== undefined && route.pools.some((pool) => pool.targets.some((target) => this.#serves(target, model)))
    );
  }

  /** Deployments in the order they should be tried. Throws `model_not_found`. */
  deployments(model: string): readonly Deployment[] {
    const route = this.#find(model);
    const deployments: Deployment[] = [];
    for (const target of route === undefined ? [] : inTurn(route)) {
      const deployment = this.#deployment(target, model);
      if (deployment !== undefined) deployments.push(deployment);
    }
    if (deployments.length === 0) {
      const name = model.slice(0, longestEcho);
      throw new GatewayError("model_not_found", `The model '${name}' does not exist or no route takes it.`);
    }
    return deployments;
  }

  #find(model: string): CompiledRoute | undefined {
    if (model.length > longestModelName) return undefined;
    return this.#exact.get(model) ?? this.#patterns.find((route) => route.pattern.matches(model));
  }

  #serves(target: Target, asked: string): boolean {
    return this.#deployment(target, asked) !== undefined;
  }

  #deployment(target: Target, asked: string): Deployment | undefined {
    const provider = this.#providers.get(target.provider);
    const model = target.model ?? asked;
    if (provider === undefined) return undefined;
    if (provider.models.length > 0 && !provider.models.includes(model)) return undefined;
    return { provider, model };
  }
}

function compileRoute(route: Route): CompiledRoute {
  const weights = route.pools.map((pool) => (pool.length === 1 ? (pool[0]?.weight ?? 0) : 0));
  return {
    pattern: compilePattern(route.pattern),
    pools: route.pools.map(compilePool),
    choice: weights.some((weight) => weight > 0) ? new WeightedChoice(weights) : undefined,
  };
}

function compilePool(pool: Pool): CompiledPool {
  return { targets: pool, choice: new WeightedChoice(pool.map((target) => target.weight ?? 1)) };
}

function inTurn(route: CompiledRoute): readonly Target[] {
  const [only] = route.pools;
  if (route.pools.length === 1 && only?.targets.length === 1) return only.targets;
  const first = route.choice?.next() ?? 0;
  return chosenFirst(route.pools, first).flatMap((pool) => chosenFirst(pool.targets, pool.choice.next()));
}

function chosenFirst<Item>(items: readonly Item[], index: number): readonly Item[] {
  if (index === 0) return items;
  return [...items.slice(index, index + 1), ...items.slice(0, index), ...items.slice(index + 1)];
}
