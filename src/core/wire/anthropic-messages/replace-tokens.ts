import type { TokenDecision } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { removeItems, scanItems } from "#core/wire/json-items.ts";
import { type ByteEdit, editBytes } from "#core/wire/json-patch.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

/** What becomes of a block: it stays, goes, or one of its members gets another value. */
type BlockFate = "keep" | "drop" | { readonly member: string; readonly json: string };

/**
 * The body with its opaque tokens decided on: thinking goes with a token that is dropped, and a message of which nothing is
 * left goes too. Citations that were not made by Anthropic are taken off their text. Undefined when nothing changes.
 */
export function replaceTokens(body: JsonBody, decide: (token: string) => TokenDecision): Uint8Array | undefined {
  const fates = listOf(body.value["messages"]).map((message) =>
    listOf(recordOf(message)?.["content"]).map((block) => fateOf(recordOf(block) ?? {}, decide)),
  );
  const span = body.spans.get("messages");
  if (span === undefined || fates.every((blocks) => blocks.every((fate) => fate === "keep"))) return undefined;
  const messages = scanItems(body.bytes, span.start);
  const isEmptied = (index: number): boolean => {
    const blocks = fates[index] ?? [];
    return blocks.length > 0 && blocks.every((fate) => fate === "drop");
  };
  const edits = messages.flatMap((message, index) =>
    isEmptied(index) ? [] : editsOf(body.bytes, message, fates[index] ?? []),
  );
  return editBytes(body.bytes, [...edits, ...removeItems(messages, isEmptied)]);
}

function fateOf(block: Readonly<Record<string, unknown>>, decide: (token: string) => TokenDecision): BlockFate {
  switch (block["type"]) {
    case "thinking":
      return fateOfToken("signature", textOf(block["signature"]), decide);
    case "redacted_thinking":
      return fateOfToken("data", textOf(block["data"]), decide);
    case "text": {
      const foreign = listOf(block["citations"]).some((citation) => recordOf(citation)?.["encrypted_index"] === "");
      return foreign ? { member: "citations", json: "null" } : "keep";
    }
    default:
      return "keep";
  }
}

function fateOfToken(member: string, token: string | undefined, decide: (token: string) => TokenDecision): BlockFate {
  const decision = token === undefined ? "keep" : decide(token);
  return typeof decision === "string" ? decision : { member, json: JSON.stringify(decision.replace) };
}

function editsOf(bytes: Uint8Array, message: Span, fates: readonly BlockFate[]): ByteEdit[] {
  const content = fates.every((fate) => fate === "keep") ? undefined : scanObject(bytes, message.start).get("content");
  if (content === undefined) return [];
  const blocks = scanItems(bytes, content.start);
  const replaced = blocks.flatMap((block, index) => {
    const fate = fates[index] ?? "keep";
    if (typeof fate === "string") return [];
    const value = scanObject(bytes, block.start).get(fate.member);
    return value === undefined ? [] : [{ ...value, text: fate.json }];
  });
  return [...replaced, ...removeItems(blocks, (index) => fates[index] === "drop")];
}
