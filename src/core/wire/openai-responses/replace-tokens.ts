import type { TokenDecision } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { removeItems, scanItems } from "#core/wire/json-items.ts";
import { editBytes } from "#core/wire/json-patch.ts";
import { scanObject } from "#core/wire/json-scan.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

/**
 * The body without the items of reasoning whose encrypted content is dropped, or with another in its place; undefined when
 * nothing changes. Everything else stays byte for byte.
 */
export function replaceTokens(body: JsonBody, decide: (token: string) => TokenDecision): Uint8Array | undefined {
  const span = body.spans.get("input");
  const decisions = listOf(body.value["input"]).map((item) => decisionOf(item, decide));
  if (span === undefined || decisions.every((decision) => decision === "keep")) return undefined;
  const items = scanItems(body.bytes, span.start);
  const replaced = items.flatMap((item, index) => {
    const decision = decisions[index] ?? "keep";
    if (typeof decision === "string") return [];
    const value = scanObject(body.bytes, item.start).get("encrypted_content");
    return value === undefined ? [] : [{ ...value, text: JSON.stringify(decision.replace) }];
  });
  return editBytes(body.bytes, [...replaced, ...removeItems(items, (index) => decisions[index] === "drop")]);
}

function decisionOf(item: unknown, decide: (token: string) => TokenDecision): TokenDecision {
  const fields = recordOf(item);
  const token = fields?.["type"] === "reasoning" ? textOf(fields["encrypted_content"]) : undefined;
  return token === undefined ? "keep" : decide(token);
}
