import { z } from "zod";
import { patternKey, type PatternKey, providerKey } from "#settings/key-path.ts";
import { fixedShape } from "#settings/schema/configuration.ts";
import { type KeyFacts, keyFacts } from "#settings/schema/key.ts";
import { marketplaceShape, modelShape, providerShape } from "#settings/schema/provider.ts";

/** One key the schema has: its dotted name, schema and facts. */
export interface KnownKey {
  readonly key: string;
  readonly schema: z.ZodType;
  readonly facts: KeyFacts;
}

type Shape = Readonly<Record<string, z.ZodType>>;

function* leaves(shape: Shape, prefix: string): Generator<KnownKey> {
  for (const [name, schema] of Object.entries(shape)) {
    const key = `${prefix}${name}`;
    const facts = keyFacts.get(schema);
    if (facts !== undefined) yield { key, schema, facts };
    else if (schema instanceof z.ZodPrefault) {
      const inner = schema.unwrap();
      if (inner instanceof z.ZodObject) yield* leaves(inner.shape, `${key}.`);
    }
  }
}

const byKey = (shape: Shape, prefix = ""): ReadonlyMap<string, KnownKey> =>
  new Map([...leaves(shape, prefix)].map((known) => [known.key, known]));

/** Keys whose names are fixed, such as `gateway.port`, in order of declaration. */
export const fixedKeys = byKey(fixedShape);
/** Keys of any provider, without `provider.NAME.`. */
export const providerKeys = byKey(providerShape);
/** Keys of one model behind a provider, without `provider.NAME.MODEL.`. */
export const modelKeys = byKey(modelShape);
/** Keys of the marketplace provider, without `provider.marketplace.`. */
export const marketplaceKeys = byKey(marketplaceShape);

const patternFacts: Readonly<Record<PatternKey["section"], KeyFacts>> = {
  routes: {
    description: "Where a model goes: pools in order of fallback, `provider/model | provider/model@weight, provider`.",
    expects: "route",
    quotable: true,
    handling: "plain",
  },
  priority_rules: {
    description:
      "Level of the keys whose name, or whose owner's e-mail, matches: a number, a level's name or a tier. A key's own " +
      "settings win over it.",
    expects: "level",
    quotable: true,
    handling: "plain",
  },
};

/** The key as the schema knows it, routes, priority rules and providers of any name included; undefined when there is none such. */
export function findKey(key: string): KnownKey | undefined {
  // Such a name would change the objects that values are gathered in.
  if (key.includes("__proto__")) return undefined;
  const free = patternKey(key);
  if (free?.pattern === "") return undefined;
  if (free !== undefined) return { key, schema: z.string(), facts: patternFacts[free.section] };
  const parts = providerKey(key);
  if (parts === undefined) return fixedKeys.get(key);
  const known = providerTable(parts.provider, parts.table).get(
    parts.table === "privacy" && parts.provider === "marketplace" ? `privacy.${parts.name}` : parts.name,
  );
  return known === undefined ? undefined : { ...known, key };
}

/** Names to offer when `key` is unknown. */
export function similarKeys(key: string): readonly string[] {
  const fixed = [...fixedKeys.keys()];
  const parts = providerKey(key);
  if (parts !== undefined) {
    const own = parts.provider === "marketplace" ? marketplaceKeys : providerKeys;
    const offered = [...own.keys()].map((name) => `provider.${parts.provider}.${name}`);
    if (parts.table === undefined) return [...offered, ...fixed];
    const table = parts.table;
    return [...modelKeys.keys()].map((name) => `provider.${parts.provider}.${table}.${name}`);
  }
  // A key outside its section is the commonest slip: the section is then what is missing.
  const inSection = fixed.filter((candidate) => candidate.endsWith(`.${key}`));
  return inSection.length === 1 ? inSection : fixed;
}

function providerTable(provider: string, table: string | undefined): ReadonlyMap<string, KnownKey> {
  if (provider === "marketplace" && (table === undefined || table === "privacy")) return marketplaceKeys;
  return table === undefined ? providerKeys : modelKeys;
}
