import { compilePattern, type Pattern } from "#core/routing/pattern.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Pool, Route } from "#core/routing/route.ts";
import { WeightedChoice } from "#core/routing/weighted-choice.ts";

/** A target with one of its provider's keys. */
export interface RoutePlace {
  readonly provider: Provider;
  /** The model to ask for; the caller's own when undefined. */
  readonly model: string | undefined;
  /** Share of the choices inside its pool, 1..1000. */
  readonly weight: number;
}

/** Places that can answer alike, and whose turn it is. */
export interface CompiledPool {
  readonly places: readonly RoutePlace[];
  readonly choice: WeightedChoice;
}

/** A line of `[routes]` with its providers found. */
export interface CompiledRoute {
  readonly pattern: Pattern;
  readonly pools: readonly CompiledPool[];
  /** Which pool goes first; undefined when the order is the written one. */
  readonly choice: WeightedChoice | undefined;
}

const mostWeight = 1000;

/** Finds the providers of a route. A target whose provider is unknown is left out; one with several keys is a place for each. */
export function compileRoute(route: Route, providers: ReadonlyMap<string, readonly Provider[]>): CompiledRoute {
  const weights = route.pools.map((pool) => (pool.length === 1 ? (pool[0]?.weight ?? 0) : 0));
  return {
    pattern: compilePattern(route.pattern),
    pools: route.pools.map((pool) => compilePool(pool, providers)),
    choice: weights.some((weight) => weight > 0) ? new WeightedChoice(weights) : undefined,
  };
}

/** The keys of one target share its weight, so that a second key takes nothing from the pool's other targets. */
function compilePool(pool: Pool, providers: ReadonlyMap<string, readonly Provider[]>): CompiledPool {
  const found = pool.map((target) => ({ target, accounts: providers.get(target.provider) ?? [] }));
  const whole = found.reduce((product, { accounts }) => leastCommonMultiple(product, accounts.length), 1);
  const shared = found.flatMap(({ target: { model, weight = 1 }, accounts }) =>
    accounts.map((provider) => ({ provider, model, weight: (weight * whole) / accounts.length })),
  );
  const largest = Math.max(mostWeight, ...shared.map(({ weight }) => weight));
  const places = shared.map((place) => ({ ...place, weight: Math.ceil((place.weight * mostWeight) / largest) }));
  return { places, choice: new WeightedChoice(shared.map(({ weight }) => weight)) };
}

/** The least number that both divide, by whole numbers; `b` of 0 changes nothing. */
export function leastCommonMultiple(a: number, b: number): number {
  if (b === 0) return a;
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
