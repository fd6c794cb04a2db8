import type { ReasoningPart } from "#core/chat/request.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Stands between the parts of a summary, which are paragraphs. */
export const summaryBreak = "\n\n";

/** What an item of reasoning shows and carries; its text is the summary, or the thoughts themselves where there is none. */
export function reasoningPartOf(item: Fields): ReasoningPart {
  const data = textOf(item["encrypted_content"]);
  const summary = textsOf(item["summary"]);
  return {
    type: "reasoning",
    text: (summary.length > 0 ? summary : textsOf(item["content"])).join(summaryBreak),
    ...(data === undefined ? {} : { token: { kind: "encrypted", data } }),
  };
}

/** An item of reasoning for `input`, without an id: the service knows it by what it encrypted. */
export function encodeReasoning({ text, token }: ReasoningPart): Fields | undefined {
  if (token === undefined) return undefined;
  return {
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: token.data,
  };
}

function textsOf(parts: unknown): readonly string[] {
  return listOf(parts).flatMap((part) => textOf(recordOf(part)?.["text"]) ?? []);
}
