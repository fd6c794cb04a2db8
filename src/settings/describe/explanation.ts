import { Secret } from "#core/secret.ts";
import { placeOf } from "#settings/entry.ts";
import { pathOf } from "#settings/key-path.ts";
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
  const root: Tree = new Map();
  for (const { key, value } of values) {
    if (value === undefined) continue;
    const path = pathOf(key);
    let table = root;
    for (const name of path.slice(0, -1)) {
      const next = table.get(name);
      const inner: Tree = next instanceof Map ? next : new Map();
      table.set(name, inner);
      table = inner;
    }
    table.set(path.at(-1) ?? "", value);
  }
  return toObject(root);
}

type Tree = Map<string, unknown>;

function toObject(table: Tree): Record<string, unknown> {
  return Object.fromEntries([...table].map(([name, value]) => [name, value instanceof Map ? toObject(value) : value]));
}
