import { type Document, isMap, isScalar, parseDocument, stringify } from "yaml";
import { GatewayError } from "#core/errors.ts";
import { canonicalKey, pathOf } from "#settings/key-path.ts";

/**
 * The YAML text with one key set: a value on one line is replaced and every other byte kept, else comments and line ends stay.
 * Throws `config_invalid`, naming the file, when the text is not YAML, or where a value, a list or an alias stands in the place of a section.
 */
export function setYamlValue(file: string, text: string, key: string, value: unknown): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) {
    // Its further lines are those of the file, secrets and all.
    const [what = ""] = fault.message.split(/:?\n/, 1);
    throw new GatewayError("config_invalid", `${file}: ${what}`);
  }
  const held = existingPath(document.contents, key, "");
  const inPlace = held === undefined ? undefined : replaced(text, document.getIn(held, true), value);
  if (inPlace !== undefined) return inPlace;
  const path = held ?? pathOf(key);
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    // A section written without keys is null, which cannot take any.
    if (isEmptyNode(document, parent)) document.setIn(parent, document.createNode({}));
  }
  try {
    // A plain value goes into the node that is there, which keeps the comment behind it.
    document.setIn(path, Array.isArray(value) ? document.createNode(value) : value);
  } catch (cause) {
    const message = `${file}: ${key}: what stands above it in the YAML is a value, a list or an alias, which takes no keys`;
    throw new GatewayError("config_invalid", message, { cause });
  }
  const whole = document.toString({ lineWidth: 0 });
  return text.includes("\r\n") ? whole.replaceAll(/\r?\n/g, "\r\n") : whole;
}

/** The text with one value on one line replaced and every other byte kept; undefined where there is none such. */
function replaced(text: string, node: unknown, value: unknown): string | undefined {
  if (!isScalar(node) || Array.isArray(value) || node.anchor !== undefined) return undefined;
  const [start, end] = node.range ?? [0, 0];
  const before = text.slice(start, end);
  if (before === "" || before.includes("\n") || /^[|>]/.test(before)) return undefined;
  if (node.value === value) return text;
  // Braces and commas would be read as those of a map or list around it.
  const isBare = typeof value !== "string" || !/[,[\]{}\n]/.test(value);
  const after = isBare ? stringify(value, { lineWidth: 0 }).replace(/\n$/, "") : JSON.stringify(value);
  return text.slice(0, start) + after + text.slice(end);
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
