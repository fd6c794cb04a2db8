import { accountIdOf } from "#core/routing/deployment-id.ts";
import { revealedJson } from "#configurations/revealed-json.ts";
import type { ProviderSettings } from "#settings/settings.ts";

/** Accounts that are asked elsewhere or with another key than before, that are new, or gone: what was known of them says nothing now. */
export function changedAccounts(
  before: readonly ProviderSettings[],
  now: readonly ProviderSettings[],
): readonly string[] {
  const [was, is] = [new Map(before.flatMap(identities)), new Map(now.flatMap(identities))];
  return [...new Set([...was.keys(), ...is.keys()])].filter((account) => was.get(account) !== is.get(account));
}

/** Each account of a provider, with everything that says who is asked, and as whom. */
function identities(provider: ProviderSettings): readonly (readonly [string, string])[] {
  const { name, type, baseUrl, apiKey, moreApiKeys, modelProviders, authHeader, organization, query, cloud } = provider;
  const asked = { type, baseUrl, modelProviders, authHeader, organization, query, cloud };
  if (apiKey === undefined || moreApiKeys.length === 0) return [[name, revealedJson({ ...asked, apiKey })]];
  return [apiKey, ...moreApiKeys].map((key, index) => [
    accountIdOf({ name, account: index + 1 }),
    revealedJson({ ...asked, apiKey: key }),
  ]);
}
