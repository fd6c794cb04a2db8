/** Events that tests of writers say, and what a client makes of what is written. */
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** A piece of text. */
export const text = (said: string): ChatEvent => ({ type: "text", choice: 0, text: said });
/** A piece of thinking. */
export const reasoning = (said: string): ChatEvent => ({ type: "reasoning", choice: 0, text: said });
/** The beginning of a call. */
export const call = (number: number, id: string = `toolu_${number}`): ChatEvent => ({
  type: "tool-call",
  choice: 0,
  call: number,
  id,
  name: `tool_${number}`,
});
/** A piece of the arguments of a call. */
export const args = (number: number, said: string): ChatEvent => ({
  type: "tool-arguments",
  choice: 0,
  call: number,
  text: said,
});
/** The end of the answer. */
export const finish = (reason: FinishReason, raw: string = reason): ChatEvent => ({
  type: "finish",
  choice: 0,
  reason,
  raw,
});
/** The last event. */
export const end: ChatEvent = { type: "end" };

type Fields = Readonly<Record<string, unknown>>;

/** The blocks that a client rebuilds. */
export function rebuilt(frames: readonly Fields[]): Fields[] {
  const blocks: Record<string, unknown>[] = [];
  for (const frame of frames) {
    if (frame["type"] === "content_block_start") blocks.push({ ...recordOf(frame["content_block"]), json: "" });
    const delta = recordOf(frame["delta"]);
    const block = blocks.at(-1);
    if (frame["type"] !== "content_block_delta" || block === undefined || delta === undefined) continue;
    block["text"] = `${String(block["text"] ?? "")}${String(delta["text"] ?? "")}`;
    block["thinking"] = `${String(block["thinking"] ?? "")}${String(delta["thinking"] ?? "")}`;
    block["json"] = `${String(block["json"])}${String(delta["partial_json"] ?? "")}`;
    if (delta["signature"] !== undefined) block["signature"] = delta["signature"];
  }
  return blocks;
}
