import { longestModelName } from "#core/chat/canonical-request.ts";
import { GatewayError } from "#core/errors.ts";
import { type CompiledRoute, compileRoute, type RoutePlace } from "#core/routing/compiled-route.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Route } from "#core/routing/route.ts";
import type { WeightedChoice } from "#core/routing/weighted-choice.ts";

/** One place that can answer: who, with which of its keys, and which model name to ask for. */
export interface Deployment {
  readonly provider: Provider;
  readonly model: string;
  /** Share of the choices inside its pool, 1..1000. */
  readonly weight: number;
}

/** A deployment to try, and the number of its pool in the order of attempts, from 0. */
export interface PlannedDeployment extends Deployment {
  readonly pool: number;
}

/** The route of a model, and its pools as they are written. */
export interface MatchedRoute {
  readonly pattern: string;
  readonly pools: readonly (readonly Deployment[])[];
  /** Share of first attempts of each pool; undefined when all calls begin with the first. */
  readonly weights: readonly number[] | undefined;
}

const longestEcho = 200;

/**
 * Answers which deployments to try for a model, in order. A model is matched by its exact name, else by the most
 * specific pattern, else by order of declaration. The only state is the turn of each weighted choice.
 */
export class RoutePlan {
  readonly #exact = new Map<string, CompiledRoute>();
  readonly #patterns: readonly CompiledRoute[];

  /** Providers of one name are the keys of one provider. */
  constructor(routes: readonly Route[], providers: readonly Provider[]) {
    const byName = Map.groupBy(providers, ({ name }) => name);
    const compiled = routes.map((route) => compileRoute(route, byName));
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
    return route !== undefined && route.pools.some(({ places }) => places.some((place) => serves(place, model)));
  }

  /** Says which route takes the model without taking anybody's turn; undefined when none does. */
  explain(model: string): MatchedRoute | undefined {
    const route = this.#find(model);
    if (route === undefined) return undefined;
    const pools = route.pools.map(({ places }) =>
      places
        .filter((place) => serves(place, model))
        .map(({ provider, weight, ...place }) => ({ provider, model: place.model ?? model, weight })),
    );
    const serving = pools.map((pool) => pool.length > 0);
    return {
      pattern: route.pattern.text,
      pools: pools.filter((_, index) => serving[index]),
      weights: route.choice === undefined ? undefined : weightsOf(route.choice, serving),
    };
  }

  /** Deployments in the order they should be tried, pool after pool. Throws `model_not_found`. */
  deployments(model: string): readonly PlannedDeployment[] {
    const route = this.#find(model);
    const deployments = route === undefined ? [] : inTurn(route, model);
    if (deployments.length > 0) return deployments;
    throw modelNotFound(model);
  }

  #find(model: string): CompiledRoute | undefined {
    if (model.length > longestModelName) return undefined;
    return this.#exact.get(model) ?? this.#patterns.find((route) => route.pattern.matches(model));
  }
}

/** The refusal of a model that nobody answers. */
export function modelNotFound(model: string): GatewayError {
  const name = model.slice(0, longestEcho);
  return new GatewayError("model_not_found", `The model '${name}' does not exist or no route takes it.`);
}

function serves({ provider, model }: RoutePlace, asked: string): boolean {
  return provider.models.length === 0 || provider.models.includes(model ?? asked);
}

function inTurn({ pools, choice }: CompiledRoute, asked: string): readonly PlannedDeployment[] {
  const deployments: PlannedDeployment[] = [];
  let number = 0;
  for (const pool of chosenFirst(pools, choice?.next() ?? 0)) {
    for (const place of chosenFirst(pool.places, pool.choice.next())) {
      if (!serves(place, asked)) continue;
      const { provider, model = asked, weight } = place;
      deployments.push({ provider, model, weight, pool: number });
    }
    if (deployments.at(-1)?.pool === number) number += 1;
  }
  return deployments;
}

/** The turn of a pool that does not serve the model falls to the first that does. */
function weightsOf({ weights }: WeightedChoice, serving: readonly boolean[]): readonly number[] {
  const kept = weights.filter((_, index) => serving[index]);
  const fallen = sum(weights) - sum(kept);
  return kept.map((weight, index) => (index === 0 ? weight + fallen : weight));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function chosenFirst<Item>(items: readonly Item[], index: number): readonly Item[] {
  if (index === 0) return items;
  return [...items.slice(index, index + 1), ...items.slice(0, index), ...items.slice(index + 1)];
}
