import { type Document, isMap, isScalar, parseDocument } from "yaml";
import { GatewayError } from "#core/errors.ts";
import { canonicalKey, pathOf } from "#settings/key-path.ts";

/** The YAML text with one key set and its comments kept; throws `config_invalid` when the text is not YAML. */
export function setYamlValue(text: string, key: string, value: unknown): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) throw new GatewayError("config_invalid", fault.message);
  const path = existingPath(document.contents, key, "") ?? pathOf(key);
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    // A section written without keys is null, which cannot take any.
    if (isEmptyNode(document, parent)) document.setIn(parent, document.createNode({}));
  }
  // A plain value goes into the node that is there, which keeps the comment behind it.
  document.setIn(path, Array.isArray(value) ? document.createNode(value) : value);
  return document.toString({ lineWidth: 0 });
}

function isEmptyNode(document: Document, path: readonly string[]): boolean {
  const node = document.getIn(path, true);
  return isScalar(node) && node.value === null;
}

/** The path under which the key is written already, which may differ from the usual one (`provider:`, dotted names). */
function existingPath(node: unknown, key: string, prefix: string): readonly string[] | undefined {
  if (!isMap(node)) return undefined;
  for (const item of node.items) {
    const word = isScalar(item.key) ? String(item.key.value) : "";
    const name = prefix === "" ? word : `${prefix}.${word}`;
    if (!isMap(item.value) && canonicalKey(name) === key) return [word];
    const inner = existingPath(item.value, key, name);
    if (inner !== undefined) return [word, ...inner];
  }
  return undefined;
}
