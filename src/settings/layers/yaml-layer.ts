import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Entry, LayerContent, LayerName, Origin, Problem, SaidValue } from "#settings/entry.ts";
import { canonicalKey } from "#settings/key-path.ts";

/** Real configurations reach 5; an alias that contains itself would never end. */
const deepest = 16;

type Plain = string | number | boolean;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** Reads one YAML file as a layer: maps become dotted keys, lists of plain values stay lists. */
export function readYamlLayer(layer: LayerName, file: string, text: string): LayerContent {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const entries = new Map<string, Entry>();
  const problems: Problem[] = [];
  const originAt = (offset: number | undefined): Origin => ({
    layer,
    file,
    line: counter.linePos(offset ?? 0).line,
  });
  for (const error of document.errors) problems.push({ origin: originAt(error.pos[0]), text: error.message });
  if (problems.length > 0) return { entries: [], problems };

  const add = (name: string, value: SaidValue, origin: Origin): void => {
    const key = canonicalKey(name);
    const earlier = entries.get(key);
    if (earlier === undefined) entries.set(key, { key, value, origin });
    else problems.push({ origin, text: `${key}: already set in line ${earlier.origin.line}` });
  };
  const visit = (written: unknown, name: string, origin: Origin, depth: number): void => {
    if (depth > deepest) {
      problems.push({ origin, text: "nested too deeply" });
      return;
    }
    const node = isAlias(written) ? written.resolve(document) : written;
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const word = isScalar(key) ? String(key.value) : String(key);
        const at = originAt((key as Node | null)?.range?.[0]);
        visit(value, name === "" ? word : `${name}.${word}`, at, depth + 1);
      }
    } else if (isSeq(node)) {
      const items = node.items.map((item) => (isScalar(item) ? item.value : undefined));
      if (items.every(isPlain)) add(name, items, origin);
      else problems.push({ origin, text: `${name}: a list may hold plain values only` });
    } else if (isScalar(node) && isPlain(node.value)) add(name, node.value, origin);
    else add(name, null, origin);
  };
  if (isMap(document.contents)) visit(document.contents, "", originAt(0), 0);
  else if (document.contents !== null && !(isScalar(document.contents) && document.contents.value === null)) {
    problems.push({ origin: originAt(0), text: "expected keys and values" });
  }
  return { entries: [...entries.values()], problems };
}
