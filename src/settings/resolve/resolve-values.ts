import { resolve } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { Secret } from "#core/secret.ts";
import { type Entry, isEmpty, type Problem } from "#settings/entry.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { providerKey } from "#settings/key-path.ts";
import { findKey, type KnownKey } from "#settings/known-keys.ts";
import { problemLine } from "#settings/problems.ts";
import { awaitsAlways } from "#settings/resolve/inactive-keys.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { providerTypeOf } from "#settings/resolve/provider-type.ts";
import {
  type Expansion,
  expandHome,
  expandVariables,
  type ReferenceSources,
  type Resolution,
  type ResolvedValue,
  resolveSecret,
  resolveSecrets,
} from "#settings/resolve/references.ts";
import { awaitedProviderTypes } from "#settings/schema/provider.ts";
import { flag, type Handling, isSecret } from "#settings/schema/value-type.ts";

/** The strongest value of a key with its references followed. */
export interface Resolved {
  readonly entry: Entry;
  readonly value: ResolvedValue;
}

/** Values by key, what could not be resolved, and the entries that ask for Vault. */
export interface ResolvedValues {
  readonly values: ReadonlyMap<string, Resolved>;
  readonly problems: readonly Problem[];
  readonly vault: readonly Entry[];
}

/** Where relative paths start, and what references reach. */
export type ResolveSources = ReferenceSources & { readonly configDir: string } & Pick<LoadInput, "credentials">;

/**
 * Follows the references of the strongest value of every known key. What nothing uses yet, or a disabled provider
 * holds, may miss its variable: the key is then unset, without an error. So may credentials that are wanted late: they are then
 * secrets that cannot be revealed.
 */
export function resolveValues(merged: ReadonlyMap<string, Voices>, sources: ResolveSources): ResolvedValues {
  const values = new Map<string, Resolved>();
  const problems: Problem[] = [];
  const vault: Entry[] = [];
  const idle = idleProviders(merged, sources);
  for (const [key, [entry]] of merged) {
    const known = findKey(key);
    if (known === undefined || isEmpty(entry.value)) continue;
    const isIdle = awaitsAlways(known) || idle.has(providerKey(key)?.provider ?? "");
    const resolution = resolveOne(known, entry, sources);
    if (resolution.kind === "value") {
      if (resolution.value !== "") values.set(key, { entry, value: resolution.value });
    } else if (isIdle) continue;
    else if (resolution.kind === "vault") vault.push(entry);
    else {
      const problem = { origin: entry.origin, text: `${key}: ${resolution.reason}` };
      const { handling } = known.facts;
      const isLate = sources.credentials === "late" && isSecret(handling) && resolution.kind === "missing";
      if (isLate) values.set(key, { entry, value: missingSecret(handling, problem) });
      else problems.push(problem);
    }
  }
  return { values, problems, vault };
}

function missingSecret(handling: Handling, problem: Problem): ResolvedValue {
  const secret = new Secret(new GatewayError("config_invalid", problemLine(problem)));
  return handling === "secrets" ? [secret] : secret;
}

/** The shell has expanded what the environment holds; a `$` there is meant. */
function expandEntry(entry: Entry, sources: ReferenceSources): Expansion {
  if (entry.origin.layer === "environment") return { kind: "value", value: entry.value };
  return expandVariables(entry.value, sources);
}

function resolveOne(known: KnownKey, entry: Entry, sources: ResolveSources): Resolution {
  const expanded = expandEntry(entry, sources);
  if (expanded.kind !== "value" || expanded.value === "") return expanded;
  switch (known.facts.handling) {
    case "plain":
      return expanded;
    case "path": {
      const path = expandHome(String(expanded.value), sources.home);
      return { kind: "value", value: resolve(sources.configDir, path) };
    }
    case "secret":
      return resolveSecret(String(expanded.value), sources);
    case "secrets":
      return resolveSecrets(expanded.value, sources);
  }
}

/** Providers nobody will call: switched off, or of a type that is not active yet. */
function idleProviders(merged: ReadonlyMap<string, Voices>, sources: ReferenceSources): ReadonlySet<string> {
  const names = new Set([...merged.keys()].flatMap((key) => providerKey(key)?.provider ?? []));
  const said = (key: string): unknown => {
    const entry = merged.get(key)?.[0];
    if (entry === undefined || isEmpty(entry.value)) return undefined;
    const expanded = expandEntry(entry, sources);
    return expanded.kind === "value" ? expanded.value : undefined;
  };
  return new Set(
    [...names].filter((name) => {
      const enabled = flag.schema.safeParse(said(`provider.${name}.enabled`) ?? name !== "marketplace");
      const type = providerTypeOf(name, {
        type: said(`provider.${name}.type`),
        preset: said(`provider.${name}.preset`),
      });
      return enabled.data === false || (type !== undefined && Object.hasOwn(awaitedProviderTypes, type));
    }),
  );
}
