import { Secret } from "#core/secret.ts";
import { placeOf } from "#settings/entry.ts";
import { keyTree } from "#settings/key-tree.ts";
import type { LoadedSettings, ResolvedValue, Said, ShownValue } from "#settings/loaded.ts";

/** A value as one word of text: lists with commas, secrets as `[secret]`, nothing as an empty text. */
export function valueText(value: ShownValue): string {
  if (value === undefined) return "";
  if (value instanceof Secret) return value.toString();
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Who said it, in words: the layer and the place. */
export function sourceText(said: Said): string {
  if (said.layer === "built-in" || said.layer === "flag") return said.layer;
  return placeOf(said);
}

/** One key explained: its value, where it comes from, and what weaker layers said, a line each. */
export function explanationLines(value: ResolvedValue): readonly string[] {
  const weaker = value.weaker.map((said) => `  over ${valueText(said.value) || "(empty)"}  from ${sourceText(said)}`);
  return [`${value.key} = ${valueText(value.value)}  from ${sourceText(value)}`, ...weaker];
}

/** What does nothing yet and what keeps `serve` from starting, a line each. */
export function outlookLines({ inactive, blockers }: Pick<LoadedSettings, "inactive" | "blockers">): readonly string[] {
  const place = ({ file, line }: { file?: string; line?: number }): string =>
    file === undefined ? "" : `  (${line === undefined ? file : `${file}:${line}`})`;
  return [
    ...(inactive.length === 0 ? [] : ["", "Not active yet:"]),
    ...inactive.map((key) => `  ${key.key}  awaits ${key.awaits}${place(key)}`),
    ...(blockers.length === 0 ? [] : ["", "serve refuses to start:"]),
    ...blockers.map((blocker) => `  ${blocker.key}  ${blocker.reason}${place(blocker)}`),
  ];
}

/** The values in force in the shape of config.yaml; secrets print as `[secret]`. */
export function asTree(values: readonly ResolvedValue[]): unknown {
  return keyTree(values.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const])));
}
