import type { ProviderView, ServiceView } from "#core/api/profile.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { PriceList } from "#core/catalog/price.ts";
import { formatUsd } from "#core/ledger/money.ts";
import type { DeploymentHealth } from "#core/routing/deployment-health.ts";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import { listedModels } from "#core/routing/listed-models.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Deployment, RoutePlan } from "#core/routing/route-plan.ts";

/** What a gateway has to offer, as its configuration and the moment have it. */
export interface Offering {
  /** Whether it is set up to offer capacity to others. */
  readonly providerRole: boolean;
  providers(): readonly ProviderView[];
  services(): readonly ServiceView[];
}

/** What an offering is read from. */
export interface OfferingParts {
  readonly providerRole: boolean;
  readonly plan: RoutePlan;
  readonly providers: readonly Provider[];
  readonly health: Pick<DeploymentHealth, "stateOf">;
  readonly prices: { current(): PriceList };
  readonly factsOf: (model: string) => ModelFacts;
}

/** Reads the offering anew at every question. */
export function createOffering(parts: OfferingParts): Offering {
  const { plan, providers, providerRole } = parts;
  const models = (): readonly string[] => [...listedModels(plan, providers).keys()];
  const deployments = (model: string): readonly Deployment[] => plan.explain(model)?.pools.flat() ?? [];
  return {
    providerRole,
    providers() {
      const routed = Map.groupBy(models().flatMap(deployments), ({ provider }) => provider.name);
      return [...Map.groupBy(providers, ({ name }) => name)].map(([name, accounts]) => ({
        name,
        type: accounts[0]?.type ?? "",
        models: [...new Set(accounts.flatMap((account) => account.models))],
        health: healthOf(routed.get(name) ?? [], parts),
      }));
    },
    services: () => models().map((model) => serviceView(model, deployments(model), parts)),
  };
}

/** Open where every deployment is, half-open where some are. */
function healthOf(deployments: readonly Deployment[], { health }: OfferingParts): ProviderView["health"] {
  const states = deployments.map((deployment) => health.stateOf(deploymentIdOf(deployment)));
  if (states.every((state) => state === "closed")) return "closed";
  return states.every((state) => state === "open") ? "open" : "half-open";
}

/** The price is that of whoever is asked first. */
function serviceView(
  model: string,
  deployments: readonly Deployment[],
  { prices, factsOf }: OfferingParts,
): ServiceView {
  const [first] = deployments;
  const listed = first === undefined ? undefined : prices.current().find(first.model, first.provider);
  return {
    model,
    providers: [...new Set(deployments.map(({ provider }) => provider.name))],
    input_usd: listed === undefined ? null : formatUsd(listed.price.input),
    output_usd: listed === undefined ? null : formatUsd(listed.price.output),
    context_window: factsOf(first?.model ?? model).contextWindow ?? null,
    origin: "local",
  };
}
