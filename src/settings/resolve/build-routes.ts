import { toGatewayError } from "#core/errors.ts";
import type { Route } from "#core/routing/route.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { filePlace, type Problem } from "#settings/entry.ts";
import { patternKey } from "#settings/key-path.ts";
import type { InactiveKey } from "#settings/loaded.ts";
import { didYouMean } from "#settings/nearest.ts";
import type { ProviderSettings } from "#settings/settings.ts";
import type { Resolved } from "#settings/resolve/resolve-values.ts";

/** The routes that lead somewhere, in order of declaration, stronger layers first. */
export interface BuiltRoutes {
  readonly routes: readonly Route[];
  readonly inactive: readonly InactiveKey[];
  readonly problems: readonly Problem[];
}

/**
 * Reads `[routes]`. A target that names no declared provider is a problem; targets of idle providers are taken out,
 * and a route that has no other is listed as not active.
 */
export function buildRoutes(
  values: ReadonlyMap<string, Resolved>,
  declared: readonly string[],
  idle: ReadonlyMap<string, string>,
): BuiltRoutes {
  const routes: Route[] = [];
  const inactive: InactiveKey[] = [];
  const problems: Problem[] = [];
  for (const [key, { entry, value }] of values) {
    const free = patternKey(key);
    if (free?.section !== "routes") continue;
    const refuse = (text: string): number => problems.push({ origin: entry.origin, text: `${key}: ${text}` });
    const route = readRoute(free.pattern, routeText(value), refuse);
    if (route === undefined) continue;
    const targets = route.pools.flat();
    for (const { provider } of targets) {
      if (declared.includes(provider)) continue;
      refuse(`there is no provider "${provider}"${didYouMean(provider, declared)}`);
    }
    const pools = route.pools.map((pool) => pool.filter((target) => !idle.has(target.provider)));
    const filled = pools.filter((pool) => pool.length > 0);
    if (filled.length > 0) routes.push({ ...route, pools: filled });
    else {
      const reasons = new Set(targets.map((target) => idle.get(target.provider) ?? target.provider));
      inactive.push({ key, awaits: [...reasons].join("; "), ...filePlace(entry.origin) });
    }
  }
  return { routes, inactive, problems };
}

const routeText = (value: Resolved["value"]): string => (Array.isArray(value) ? value.join(", ") : String(value));

function readRoute(pattern: string, text: string, refuse: (text: string) => void): Route | undefined {
  try {
    return parseRoute(pattern, text);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.code !== "config_invalid") throw error;
    refuse(error.message);
    return undefined;
  }
}

/** A route to each model of a local provider that no route names: who declares such a model means to have it answered. */
export function localRoutes(providers: readonly ProviderSettings[], routes: readonly Route[]): readonly Route[] {
  const named = new Set(routes.map(({ pattern }) => pattern));
  const added = new Map<string, Route>();
  for (const { name, type, models } of providers) {
    for (const model of type === "local" ? models : []) {
      if (named.has(model) || added.has(model)) continue;
      added.set(model, { pattern: model, pools: [[{ provider: name, model }]] });
    }
  }
  return [...added.values()];
}
