import type { DeploymentSpec, ResourceSpec } from "#core/scheduler/capacity.ts";
import { accountOf, deploymentIdOf, type NamedByParts } from "#core/routing/deployment-id.ts";
import {
  hasLimits,
  type NamedDeployment,
  namedDeployments,
  type ProviderCapacity,
} from "#core/admission/named-deployments.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { Route } from "#core/routing/route.ts";

/** Deployments that only patterns name, remembered one by one; those beyond are `provider/other`. */
const mostFound = 1_000;

/** A deployment as the scheduler knows it, and what is known of it beside. */
export interface Place {
  readonly id: DeploymentId;
  readonly spec: DeploymentSpec;
  /** Provider and key, as `accountIdOf` names them. */
  readonly account: string;
  /** Longest prompt and answer together that the configuration allows it. */
  readonly contextTokens: number | undefined;
  /** Most requests at once that the configuration allows it. */
  readonly concurrent: number | undefined;
  /** Whether it draws on anything with a limit. */
  readonly limited: boolean;
}

/** A deployment as it is asked for. */
interface Asked extends NamedByParts {
  readonly weight?: number;
}

/**
 * Which deployments there are, what capacity they draw on, and which of them are ordered together: those of one pool of a
 * route, and those of a provider that is limited as a whole. Models that only patterns name join when they are asked for.
 */
export class Topology {
  readonly resources: readonly ResourceSpec[];
  readonly #providers: ReadonlyMap<string, ProviderCapacity>;
  readonly #places = new Map<string, Place>();
  readonly #byProvider = new WeakMap<Asked["provider"], Map<string, Place>>();
  readonly #named: ReadonlySet<string>;
  #found = 0;

  constructor(routes: readonly Route[], providers: readonly ProviderCapacity[]) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
    this.resources = providers.flatMap(resourcesOf);
    for (const named of namedDeployments(routes, providers)) this.#put(named);
    this.#named = new Set([...this.#places.values()].flatMap(({ id, spec }) => [id, spec.group]));
  }

  /** Every deployment known by now; at first those that the configuration names. */
  places(): Iterable<Place> {
    return this.#places.values();
  }

  /** Whether the configuration names this deployment or group, so that it may be a label. */
  isNamed(name: string): boolean {
    return this.#named.has(name);
  }

  /** The place of a deployment; undefined while nobody has asked for it. */
  find(deployment: Asked): Place | undefined {
    // Two look-ups instead of a name put together for each request.
    const ofProvider = this.#byProvider.get(deployment.provider);
    const known = ofProvider?.get(deployment.model);
    if (known !== undefined) return known;
    const place = this.#places.get(deploymentIdOf(deployment));
    if (place === undefined) return undefined;
    if (ofProvider !== undefined) ofProvider.set(deployment.model, place);
    else this.#byProvider.set(deployment.provider, new Map([[deployment.model, place]]));
    return place;
  }

  /** The place of a deployment that `find` did not know, in the group of those it shares a pool or a provider with. */
  add(deployment: Asked, pool: readonly Asked[]): Place {
    const { provider, weight } = deployment;
    const model = this.#found < mostFound ? deployment.model : "other";
    const id = deploymentIdOf({ provider, model });
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    this.#found += 1;
    return this.#put({
      id,
      provider: provider.name,
      model,
      weight: weight ?? 1,
      group: this.#groupOf(deployment, pool),
    });
  }

  #groupOf({ provider }: Asked, pool: readonly Asked[]): string {
    const capacity = this.#providers.get(provider.name);
    if (capacity !== undefined && hasLimits(capacity.limits)) {
      for (const { spec } of this.#places.values()) if (spec.resources.includes(provider.name)) return spec.group;
      return provider.name;
    }
    for (const other of pool) {
      const place = this.find(other);
      if (place !== undefined) return place.spec.group;
    }
    return `${provider.name}/*`;
  }

  #put({ id, provider, model, weight, group }: NamedDeployment): Place {
    const capacity = this.#providers.get(provider);
    const own = capacity?.modelLimits.get(model);
    // Of a provider that was configured once its requests still ask: limits of then hold as long as they are remembered.
    const isOfBefore = capacity === undefined;
    const resources = [
      ...(isOfBefore || hasLimits(capacity.limits) ? [provider] : []),
      ...(isOfBefore || (own !== undefined && hasLimits(own)) ? [`${provider}/${model}`] : []),
    ];
    const place: Place = {
      id,
      spec: { id, resources, weight, group },
      account: accountOf(id),
      contextTokens: least(capacity?.limits.contextTokens, own?.contextTokens),
      concurrent: least(capacity?.limits.concurrent, own?.concurrent),
      limited: resources.length > 0,
    };
    this.#places.set(id, place);
    return place;
  }
}

function resourcesOf({ name, limits, modelLimits }: ProviderCapacity): readonly ResourceSpec[] {
  const all = [
    { id: name, limits },
    ...[...modelLimits].map(([model, own]) => ({ id: `${name}/${model}`, limits: own })),
  ];
  return all.filter((resource) => hasLimits(resource.limits));
}

function least(...limits: readonly (number | undefined)[]): number | undefined {
  const said = limits.filter((limit) => limit !== undefined);
  return said.length === 0 ? undefined : Math.min(...said);
}
