import { isEmpty, type LayerContent, type Origin, type Problem } from "#settings/entry.ts";
import { readYamlLayer } from "#settings/layers/yaml-layer.ts";
import { noSuchProfile } from "#settings/own-profiles.ts";
import { type Profile, readProfile } from "#settings/profiles.ts";

/** Keys that choose files, and so have no say in one that was chosen. */
const choosing: ReadonlySet<string> = new Set(["profile", "environment"]);

/**
 * The layers of a profile, strongest first: its own, then that of its `base`, and so on. `asked` is where the name was said.
 * Unknown names and a circle of bases are problems at the line that names them.
 */
export function readProfileLayers(
  name: string,
  asked: Origin | undefined,
  configDir: string,
  readFile: (path: string) => string | undefined,
): readonly LayerContent[] {
  const layers: LayerContent[] = [];
  const seen: string[] = [];
  let [next, key, origin]: [string | undefined, string, Origin | undefined] = [name, "profile", asked];
  const refuse = (text: string): void => {
    layers.push({ entries: [], problems: [{ text: `${key}: ${text}`, ...(origin && { origin }) }] });
  };
  while (next !== undefined) {
    const profile = readProfile(next, configDir, readFile);
    if (seen.includes(next)) {
      refuse(`goes round in a circle: ${[...seen, next].join(" -> ")}`);
      return layers;
    }
    if (profile === undefined) {
      refuse(noSuchProfile(next, configDir));
      return layers;
    }
    seen.push(next);
    const { base, content } = readProfileLayer(profile);
    layers.push(content);
    [next, key, origin] = [base?.name, "base", base?.origin];
  }
  return layers;
}

/** One profile without its base: what it says itself, and the base that it names. */
export function readProfileLayer(profile: Profile): {
  readonly content: LayerContent;
  readonly base?: { readonly name: string; readonly origin: Origin };
} {
  const { entries, problems } = readYamlLayer("profile", profile.file ?? `profile ${profile.name}`, profile.text);
  const base = entries.find(({ key, value }) => key === "base" && !isEmpty(value));
  const misplaced: Problem[] = entries
    .filter(({ key }) => choosing.has(key))
    .map(({ key, origin }) => ({ origin, text: `${key}: has no place in a profile, which it would choose` }));
  const content = {
    entries: entries.filter(({ key }) => key !== "base" && !choosing.has(key)),
    problems: [...problems, ...misplaced],
  };
  return base === undefined ? { content } : { content, base: { name: String(base.value), origin: base.origin } };
}

/** The values that a profile has without its base, by dotted key, as written. */
export function profileEntries(profile: Profile): Readonly<Record<string, unknown>> {
  return Object.fromEntries(readProfileLayer(profile).content.entries.map(({ key, value }) => [key, value]));
}
