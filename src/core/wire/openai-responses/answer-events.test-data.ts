import type { ChatEvent, FinishReason } from "#core/chat/event.ts";

/** The first event of an answer by a provider of another protocol. */
export const begun: ChatEvent = { type: "start", id: "chatcmpl-1", model: "other", createdSeconds: 9 };

/** A piece of text. */
export const text = (said: string): ChatEvent => ({ type: "text", choice: 0, text: said });

/** A call, by its number. */
export const call = (number: number, more: object = {}): ChatEvent => ({
  type: "tool-call",
  choice: 0,
  call: number,
  id: `c${number}`,
  name: `f${number}`,
  ...more,
});

/** A piece of the arguments of a call. */
export const args = (number: number, said: string): ChatEvent => ({
  type: "tool-arguments",
  choice: 0,
  call: number,
  text: said,
});

/** Why the answer ended. */
export const finish = (reason: FinishReason): ChatEvent => ({ type: "finish", choice: 0, reason, raw: "x" });
