import type { Usage } from "#core/chat/usage.ts";
import type { GatewayError } from "#core/errors.ts";

/** Why a choice ended, in one vocabulary, beside the provider's own word. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "error" | "other";

/**
 * One event of an answer. A whole answer is the same events folded. `choice` counts alternative answers from 0;
 * `call` counts the tool calls of a choice from 0.
 */
export type ChatEvent =
  | { readonly type: "start"; readonly id?: string; readonly model?: string; readonly createdSeconds?: number }
  | { readonly type: "text"; readonly choice: number; readonly text: string }
  | { readonly type: "reasoning"; readonly choice: number; readonly text: string }
  | { readonly type: "refusal"; readonly choice: number; readonly text: string }
  | {
      readonly type: "tool-call";
      readonly choice: number;
      readonly call: number;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: "tool-arguments"; readonly choice: number; readonly call: number; readonly text: string }
  | { readonly type: "finish"; readonly choice: number; readonly reason: FinishReason; readonly raw: string }
  | { readonly type: "embedding"; readonly index: number; readonly vector: readonly number[] }
  | { readonly type: "usage"; readonly usage: Usage }
  /** Content of a kind that this gateway does not know: it counts as content and is carried only as bytes. */
  | { readonly type: "opaque" }
  /** The provider reported a failure inside a 200 answer. Nothing follows. */
  | { readonly type: "error"; readonly error: GatewayError }
  /** The answer's own terminal mark was seen. Nothing follows. */
  | { readonly type: "end" };

/** True for events that show something to the caller: after one of them no other attempt may be made. */
export function isContent(event: ChatEvent): boolean {
  switch (event.type) {
    case "text":
    case "reasoning":
    case "refusal":
    case "tool-call":
    case "tool-arguments":
    case "embedding":
    case "opaque":
    case "finish":
      return true;
    case "start":
    case "usage":
    case "error":
    case "end":
      return false;
  }
}
