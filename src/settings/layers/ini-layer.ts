import type { Entry, LayerContent, LayerName, Problem } from "#settings/entry.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { canonicalKey } from "#settings/key-path.ts";

/** Reads one INI file as a layer; a key said twice is a problem naming both lines. */
export function readIniLayer(layer: LayerName, file: string, text: string): LayerContent {
  const { lines, faults } = readIni(text);
  const problems: Problem[] = faults.map((fault) => ({
    origin: { layer, file, line: fault.line },
    text: fault.text,
  }));
  const entries = new Map<string, Entry>();
  for (const { section, key: name, value, line } of lines) {
    const key = canonicalKey(section === "" ? name : `${section}.${name}`);
    const origin = { layer, file, line };
    const earlier = entries.get(key);
    if (earlier === undefined) entries.set(key, { key, value, origin });
    else problems.push({ origin, text: `${key}: already set in line ${earlier.origin.line}` });
  }
  return { entries: [...entries.values()], problems };
}
