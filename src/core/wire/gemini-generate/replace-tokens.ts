import type { TokenDecision } from "#core/wire/codec.ts";
import { countedRequestNames } from "#core/wire/gemini-generate/forward-request.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { scanItems } from "#core/wire/json-items.ts";
import { type ByteEdit, editBytes } from "#core/wire/json-patch.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;
type Decide = (token: string) => TokenDecision;

const names = ["thoughtSignature", "thought_signature"] as const;
const utf8 = new TextDecoder();
const emptyText = '{"text":""}';

/**
 * The body with thought signatures replaced or taken out as `decide` says, every other byte as it was; undefined when nothing
 * changes. Thoughts go with their signature, and a part that held nothing else becomes an empty text.
 */
export function replaceTokens({ bytes, spans, value }: JsonBody, decide: Decide): Uint8Array | undefined {
  const edits = editsOf(bytes, spans.get("contents"), value["contents"], decide);
  for (const name of countedRequestNames) {
    const request = recordOf(value[name]);
    const at = spans.get(name);
    if (request === undefined || at === undefined) continue;
    edits.push(...editsOf(bytes, scanObject(bytes, at.start).get("contents"), request["contents"], decide));
  }
  return edits.length === 0 ? undefined : editBytes(bytes, edits);
}

function editsOf(bytes: Uint8Array, contents: Span | undefined, value: unknown, decide: Decide): ByteEdit[] {
  if (contents === undefined) return [];
  const turns = zip(bytes, contents, value);
  const partsOf = (content: unknown): readonly unknown[] => manyOf(recordOf(content)?.["parts"]);
  if (!turns.some(([, content]) => partsOf(content).some((part) => isChanged(recordOf(part) ?? {}, decide)))) return [];
  const edits: ByteEdit[] = [];
  let thoughts: Span[] = [];
  for (const [span, content] of turns) {
    const list = scanObject(bytes, span.start).get("parts");
    if (list === undefined) continue;
    for (const [at, item] of zip(bytes, list, partsOf(content))) {
      const part = recordOf(item) ?? {};
      // Thoughts without a signature of their own belong to the next one.
      if (part["thought"] === true && !names.some((name) => part[name] !== undefined)) {
        thoughts.push(at);
        continue;
      }
      if (isDropped(part, decide)) edits.push(...thoughts.map((thought) => ({ ...thought, text: emptyText })));
      thoughts = [];
      edits.push(...editOf(bytes, at, part, decide));
    }
  }
  return edits;
}

function isDropped(part: Fields, decide: Decide): boolean {
  return names.some((name) => decisionOf(part, name, decide) === "drop");
}

function isChanged(part: Fields, decide: Decide): boolean {
  return names.some((name) => decisionOf(part, name, decide) !== "keep");
}

function decisionOf(part: Fields, name: string, decide: Decide): TokenDecision {
  const token = textOf(part[name]);
  return token === undefined ? "keep" : decide(token);
}

function editOf(bytes: Uint8Array, at: Span, part: Fields, decide: Decide): ByteEdit[] {
  if (!isChanged(part, decide)) return [];
  const members = scanObject(bytes, at.start);
  const kept: string[] = [];
  const replaced: ByteEdit[] = [];
  let dropped = false;
  for (const [name, span] of members) {
    const decision = names.some((known) => known === name) ? decisionOf(part, name, decide) : "keep";
    if (decision === "drop") dropped = true;
    else kept.push(`${JSON.stringify(name)}:${utf8.decode(bytes.subarray(span.start, span.end))}`);
    if (typeof decision !== "string") replaced.push({ ...span, text: JSON.stringify(decision.replace) });
  }
  if (!dropped) return replaced;
  return [{ ...at, text: part["thought"] === true || kept.length === 0 ? emptyText : `{${kept.join(",")}}` }];
}

/** The items of a list, or the single one that Google takes for a list, with where they lie. */
function zip(bytes: Uint8Array, list: Span, value: unknown): readonly (readonly [Span, unknown])[] {
  if (recordOf(value) !== undefined || bytes[list.start] !== 0x5b) return [[list, manyOf(value)[0]]];
  const items = listOf(value);
  return scanItems(bytes, list.start).map((span, index) => [span, items[index]]);
}

function manyOf(value: unknown): readonly unknown[] {
  return recordOf(value) === undefined ? listOf(value) : [value];
}
