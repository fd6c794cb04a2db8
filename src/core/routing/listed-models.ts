import type { Provider } from "#core/routing/provider.ts";
import type { RoutePlan } from "#core/routing/route-plan.ts";

/** Models that are answered for under a name of their own, and who owns each: those of routes first, then of providers. */
export function listedModels(
  plan: Pick<RoutePlan, "names" | "accepts">,
  providers: readonly Pick<Provider, "name" | "models">[],
): ReadonlyMap<string, string> {
  const listed = new Map<string, string>();
  for (const name of plan.names()) if (plan.accepts(name)) listed.set(name, "tokligence");
  for (const provider of providers) {
    for (const model of provider.models) if (plan.accepts(model)) listed.set(model, provider.name);
  }
  return listed;
}
