import type { LimitsView, RoutedView } from "#core/api/explanation.ts";
import type { PriceList } from "#core/catalog/price.ts";
import { formatUsd } from "#core/ledger/money.ts";
import { type Candidate, passesThrough } from "#core/routing/candidates.ts";
import type { DeploymentHealth } from "#core/routing/deployment-health.ts";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import type { Deployment } from "#core/routing/route-plan.ts";
import type { ResourceSpec } from "#core/scheduler/capacity.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** What is known of deployments beside the plan. */
export interface RoutedParts {
  readonly health: Pick<DeploymentHealth, "stateOf">;
  /** Every limit in force that a model of a provider draws on. */
  readonly limitsOf: (provider: string, model: string) => readonly ResourceSpec[];
  readonly prices: Pick<PriceList, "find">;
}

/** A deployment as a caller of `protocol` meets it; without a candidate it cannot answer such a call. */
export function routedView(
  deployment: Deployment,
  candidate: Candidate | undefined,
  protocol: Protocol,
  { health, limitsOf, prices }: RoutedParts,
): RoutedView {
  const { provider, model, weight } = deployment;
  const id = deploymentIdOf(deployment);
  const price = prices.find(model, provider);
  return {
    deployment: id,
    provider: provider.name,
    type: provider.type,
    model,
    weight,
    protocol: candidate?.upstreamProtocol ?? null,
    lane: candidate === undefined ? null : passesThrough(candidate, protocol) ? "passthrough" : "translation",
    health: health.stateOf(id),
    capacity: limitsOf(provider.name, model).map(limitsView),
    price:
      price === undefined
        ? null
        : { input_usd: formatUsd(price.price.input), output_usd: formatUsd(price.price.output) },
  };
}

function limitsView({ id, limits }: ResourceSpec): LimitsView {
  return {
    id,
    max_tokens_per_sec: limits.tokensPerSecond ?? null,
    max_rps: limits.requestsPerSecond ?? null,
    max_concurrent: limits.concurrent ?? null,
    max_context_length: limits.contextTokens ?? null,
  };
}
