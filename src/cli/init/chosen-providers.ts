import type { Draft } from "#cli/init/draft.ts";
import { unreachedProviders } from "#cli/init/review.ts";
import type { Surroundings } from "#cli/init/surroundings.ts";
import { GatewayError } from "#core/errors.ts";
import {
  keyVariableOf,
  type KnownProvider,
  knownProviders,
  localProvider,
  type NewProvider,
  providerValues,
  routeValues,
} from "#settings/change/known-providers.ts";
import { isReference } from "#settings/change/mask-secrets.ts";
import { didYouMean } from "#settings/nearest.ts";

/**
 * The draft with these providers, and behind them routes to what they have: of two with the same model the first has it, and a
 * pattern that has a route keeps it. What was set by its key wins.
 */
export function withProviders(draft: Draft, providers: readonly NewProvider[]): Draft {
  const declared = draft.withDefaults(
    Object.fromEntries(providers.flatMap((provider) => Object.entries(providerValues(provider)))),
  );
  const routes = providers.toReversed().flatMap(routeValues);
  return declared.withDefaults(Object.fromEntries(routes.filter(([key]) => !declared.has(key))));
}

/**
 * The draft with the usual routes of known providers that act and that no route reaches: those that the profile had before
 * routed, once another one is chosen.
 */
export function withUsualRoutes(draft: Draft): Draft {
  const unreached = unreachedProviders(draft.plan.loaded.settings);
  const known = knownProviders.filter(({ name }) => unreached.includes(name));
  return withProviders(
    draft,
    known.map(({ name, patterns }) => ({ name, models: [], patterns })),
  );
}

/**
 * What `--add-provider` asks for: `NAME` with the variable that holds its key, or `NAME=VARIABLE`, or a reference. Throws
 * `usage` for a provider nobody knows, a variable that is not set, and for a key itself, which every user of the machine could
 * read.
 */
export function providerOfFlag(word: string, draft: Draft): NewProvider {
  const [name = "", ...rest] = word.split("=");
  const known = knownProviders.find((candidate) => candidate.name === name);
  if (known === undefined) {
    const names = knownProviders.map((candidate) => candidate.name);
    const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
    throw new GatewayError("usage", `--add-provider knows no "${name}"${hint}`);
  }
  return asked(known, apiKeyOfFlag(known, rest.join("="), draft));
}

function apiKeyOfFlag(known: KnownProvider, said: string, { input: { environ } }: Draft): string {
  if (said !== "" && isReference(said)) return said;
  const variable = said === "" ? keyVariableOf(known, environ) : said;
  if (variable === undefined) {
    throw new GatewayError(
      "usage",
      `--add-provider ${known.name}: ${known.variables.join(" or ")} is not set; set it, or name another variable or file:///path`,
    );
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || environ[variable] === undefined) {
    throw new GatewayError(
      "usage",
      `--add-provider ${known.name}=... takes the name of a variable that is set, or file:///path; never the key itself`,
    );
  }
  return `\${${variable}}`;
}

/** A known provider with its key as it is written. */
export function asked({ name, preset, patterns }: KnownProvider, apiKey: string): NewProvider {
  return { name, ...(preset !== undefined && { preset }), apiKey, models: [], patterns };
}

/** The servers of this machine as providers. Rejects with `unavailable` when none answers. */
export async function localProviders({ findLocalServers }: Surroundings): Promise<readonly NewProvider[]> {
  const found = (await findLocalServers()).map(localProvider);
  if (found.length > 0) return found;
  throw new GatewayError(
    "unavailable",
    "no local server of models answers: Ollama on port 11434, vLLM on 8000, LM Studio on 1234. Start one, or leave --local out",
  );
}

/** Asks the providers for their models. Rejects with `unavailable` naming those that do not answer as they should. */
export async function testProviders(
  draft: Draft,
  names: readonly string[],
  { checkProviders }: Surroundings,
): Promise<void> {
  const checks = await checkProviders(draft.plan.loaded.settings, names);
  const failed = checks.filter(({ outcome }) => outcome !== "sound" && outcome !== "unasked");
  if (failed.length === 0) return;
  const reasons = failed.map(({ provider, detail }) => `${provider}: ${detail}`);
  throw new GatewayError("unavailable", `nothing was written; ${reasons.join(" ")}`);
}
