import { leastCommonMultiple } from "#core/routing/compiled-route.ts";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import { compilePattern } from "#core/routing/pattern.ts";
import type { Pool, Route, Target } from "#core/routing/route.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";

const providersRankBefore = 1e9;

/** What the configuration says of a provider, as far as capacity goes. */
export interface ProviderCapacity {
  readonly name: string;
  /** How many keys it has, each a deployment of its own. */
  readonly keys: number;
  /** Models named in the configuration; empty when any name may be asked for. */
  readonly models: readonly string[];
  /** Of the provider as a whole. */
  readonly limits: CapacityLimits;
  /** Of single models, by the model's name. */
  readonly modelLimits: ReadonlyMap<string, CapacityLimits>;
}

/** A deployment that the configuration names. */
export interface NamedDeployment {
  readonly id: DeploymentId;
  readonly provider: string;
  readonly model: string;
  readonly weight: number;
  /** The same for all that are ordered together: a provider limited as a whole, else the first of its deployments. */
  readonly group: string;
}

type Ungrouped = Omit<NamedDeployment, "group">;

/** Whether anything is limited that is used up; the length of a context is not. */
export function hasLimits({ tokensPerSecond, requestsPerSecond, concurrent }: CapacityLimits): boolean {
  return tokensPerSecond !== undefined || requestsPerSecond !== undefined || concurrent !== undefined;
}

/** Every deployment that routes and providers name, in order of declaration, with its group. */
export function namedDeployments(
  routes: readonly Route[],
  providers: readonly ProviderCapacity[],
): readonly NamedDeployment[] {
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const found = new Map<DeploymentId, Ungrouped>();
  const groups = new Groups();
  for (const together of deploymentsAlike(routes, byName)) {
    const [first] = together;
    for (const deployment of together) {
      if (!found.has(deployment.id)) found.set(deployment.id, deployment);
      groups.join(aloneOf(first ?? deployment), aloneOf(deployment));
      const provider = byName.get(deployment.provider);
      if (provider !== undefined && hasLimits(provider.limits)) groups.join(provider.name, aloneOf(deployment));
    }
  }
  return [...found.values()].map((deployment) => ({ ...deployment, group: groups.of(aloneOf(deployment)) }));
}

/** What a deployment is called that shares nothing; all keys of a provider are one. */
function aloneOf({ provider, model }: Ungrouped): string {
  return deploymentIdOf({ provider: { name: provider }, model });
}

/** The deployments that can answer alike, for each pool and each model that may be asked of it by name. */
function deploymentsAlike(
  routes: readonly Route[],
  byName: ReadonlyMap<string, ProviderCapacity>,
): readonly (readonly Ungrouped[])[] {
  return routes.flatMap(({ pattern, pools }) =>
    pools.flatMap((pool) => {
      const whole = pool.reduce((all, { provider }) => leastCommonMultiple(all, byName.get(provider)?.keys ?? 0), 1);
      return [...modelsAsked(pattern, pool, byName)].map((asked) =>
        pool.flatMap((target) => deploymentsOf(target, asked, byName.get(target.provider), whole)),
      );
    }),
  );
}

/** What may be asked of a pool by name: the route's own, or what a pattern and the configuration of its providers share. */
function modelsAsked(
  pattern: string,
  pool: Pool,
  byName: ReadonlyMap<string, ProviderCapacity>,
): ReadonlySet<string | undefined> {
  if (!pattern.includes("*")) return new Set([pattern]);
  const { matches } = compilePattern(pattern);
  const open = pool.filter(({ model }) => model === undefined);
  const names = open.flatMap(({ provider }) => {
    const said = byName.get(provider);
    if (said === undefined) return [];
    return said.models.length > 0 ? said.models : [...said.modelLimits.keys()];
  });
  // Undefined stands for names that nobody wrote down: those targets answer that name a model themselves.
  return new Set([...names.filter(matches), undefined]);
}

function deploymentsOf(
  { provider: name, model: own, weight = 1 }: Target,
  asked: string | undefined,
  provider: ProviderCapacity | undefined,
  whole: number,
): readonly Ungrouped[] {
  const model = own ?? asked;
  if (provider === undefined || model === undefined) return [];
  if (provider.models.length > 0 && !provider.models.includes(model)) return [];
  const accounts = provider.keys > 1 ? Array.from({ length: provider.keys }, (_, index) => index + 1) : [undefined];
  return accounts.map((account) => ({
    id: deploymentIdOf({ provider: { name, ...(account === undefined ? {} : { account }) }, model }),
    provider: name,
    model,
    // The keys of a provider share the weight of its target.
    weight: (weight * whole) / accounts.length,
  }));
}

/** Sets that grow together (union-find); a set is called after a limited provider in it, else after its first member. */
class Groups {
  readonly #parents = new Map<string, string>();
  readonly #ranks = new Map<string, number>();

  of(member: string): string {
    const parent = this.#parents.get(member);
    return parent === undefined || parent === member ? member : this.of(parent);
  }

  join(first: string, second: string): void {
    const [a, b] = [this.of(first), this.of(second)];
    const keeps = this.#rank(a) <= this.#rank(b) ? a : b;
    this.#parents.set(a, keeps);
    this.#parents.set(b, keeps);
  }

  #rank(name: string): number {
    // A provider's name holds no slash, a deployment's always.
    const rank = this.#ranks.get(name) ?? this.#ranks.size + (name.includes("/") ? providersRankBefore : 0);
    this.#ranks.set(name, rank);
    return rank;
  }
}
