import type { Provider } from "#core/routing/provider.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";

/** What names a deployment. */
export interface NamedByParts {
  readonly provider: Pick<Provider, "name" | "account" | "ownKeys">;
  readonly model: string;
}

/** The name of a deployment: `provider/model`, with `#n` behind the provider for its n-th key. */
export function deploymentIdOf({ provider, model }: NamedByParts): DeploymentId {
  return `${accountIdOf(provider)}/${model}` as DeploymentId;
}

/** The part of a deployment's name that says whose key is used. */
export function accountIdOf({ name, account }: NamedByParts["provider"]): string {
  return account === undefined ? name : `${name}#${account}`;
}

/** The same, read off the name of a deployment: no account has a slash in it. */
export function accountOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
