import type { SaidValue } from "#settings/entry.ts";
import { findKey, marketplaceKeys, modelKeys, providerKeys, fixedKeys } from "#settings/known-keys.ts";
import { readIniLayer } from "#settings/layers/ini-layer.ts";
import { readYamlLayer } from "#settings/layers/yaml-layer.ts";
import { isSecret, listItems } from "#settings/schema/value-type.ts";

/** Last words of the keys that hold secrets, such as `api_key`. */
const secretNames = new Set(
  [fixedKeys, providerKeys, modelKeys, marketplaceKeys].flatMap((keys) =>
    [...keys.values()]
      .filter(({ facts }) => isSecret(facts.handling))
      .map(({ key }) => key.slice(key.lastIndexOf(".") + 1)),
  ),
);

/** The first of them in a line with what stands behind it, inside braces and comments too. */
const secretPair = new RegExp(`(\\b(?:${[...secretNames].join("|")})["']?\\s*[:=]\\s*)([^\\s,}].*)$`);

/**
 * A function that writes `[secret]` in the place of every secret that `texts` of configuration files hold, in whatever line it
 * is given: what the files say, and what stands behind the name of such a key, comments included. References stay.
 */
export function secretMask(texts: readonly string[]): (line: string) => string {
  const secrets = [...new Set(texts.flatMap(secretsOf))].toSorted((a, b) => b.length - a.length);
  return (line) => {
    const named = line.replace(secretPair, (whole, name: string, value: string) =>
      isReference(value.trim()) ? whole : `${name}[secret]`,
    );
    return secrets.reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), named);
  };
}

/** Every secret that stands in the text of a configuration file itself; references are none. */
export function secretsOf(text: string): readonly string[] {
  // A text of one kind says nothing sensible when read as the other.
  const layers = [readIniLayer("gateway.ini", "", text), readYamlLayer("config.yaml", "", text)];
  return layers.flatMap(({ entries }) =>
    entries.flatMap(({ key, value }) => {
      const known = findKey(key);
      return known !== undefined && isSecret(known.facts.handling)
        ? wordsOf(value).filter((word) => !isReference(word))
        : [];
    }),
  );
}

function wordsOf(value: SaidValue): readonly string[] {
  const words = Array.isArray(value) ? value.map(String) : listItems(String(value ?? ""));
  return words.filter((word) => word !== "");
}

/** Whether a value only says where the secret is; several may stand in a list. */
export function isReference(value: string): boolean {
  return listItems(value).every((item) =>
    /^(\$\{[A-Za-z_][A-Za-z0-9_]*(:-)?\}|env:\/\/\S+|file:\/\/\S+|vault:\/\/\S+)$/.test(item),
  );
}
