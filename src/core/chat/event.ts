import type { Citation, OpaqueToken } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { GatewayError } from "#core/errors.ts";

/**
 * Why a choice ended, in one vocabulary, beside the provider's own word. `refusal` is the model's own no, `content_filter`
 * that of a filter around it; `paused` wants the turn sent back to go on; `context_full` is a window without room.
 */
export type FinishReason =
  "stop" | "length" | "context_full" | "tool_calls" | "content_filter" | "refusal" | "paused" | "error" | "other";

/** How a choice ended: why, in the provider's own word too, and the stop sequence that was met, where the provider says which. */
export interface Ending {
  readonly reason: FinishReason;
  readonly raw: string;
  readonly stopSequence?: string;
}

/** How likely a token was, natural logarithms; `bytes` are those of its UTF-8 where the provider gives them. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[];
  readonly top: readonly { readonly token: string; readonly logprob: number; readonly bytes?: readonly number[] }[];
}

/** More text of a choice. `frames`: how many pieces its provider said it in, one when absent. */
export interface SaidText<Type extends "text" | "reasoning"> {
  readonly type: Type;
  readonly choice: number;
  readonly text: string;
  readonly frames?: number;
}

/**
 * One event of an answer. A whole answer is the same events folded. `choice` counts alternative answers from 0;
 * `call` counts the tool calls of a choice from 0. Content comes in the order in which it was made: a new kind of content, or
 * a new call, ends what went before, except that arguments of several calls may interleave.
 */
export type ChatEvent =
  | { readonly type: "start"; readonly id?: string; readonly model?: string; readonly createdSeconds?: number }
  | SaidText<"text">
  | SaidText<"reasoning">
  /**
   * Ends the thinking under way, shown or not, with what its maker wants back. Without thinking before it, it stands for
   * thinking that was not shown; before a call it belongs to that call.
   */
  | { readonly type: "reasoning-token"; readonly choice: number; readonly token: OpaqueToken }
  | { readonly type: "refusal"; readonly choice: number; readonly text: string }
  /** A source for text that was said before. */
  | { readonly type: "citation"; readonly choice: number; readonly citation: Citation }
  /** How likely the tokens of the text before it were. */
  | { readonly type: "logprobs"; readonly choice: number; readonly tokens: readonly TokenLogprob[] }
  | {
      readonly type: "tool-call";
      readonly choice: number;
      readonly call: number;
      readonly id: string;
      readonly name: string;
      /** `function` when absent. The arguments of a custom call are its free text. */
      readonly form?: "custom";
      readonly namespace?: string;
    }
  | { readonly type: "tool-arguments"; readonly choice: number; readonly call: number; readonly text: string }
  | ({ readonly type: "finish"; readonly choice: number } & Ending)
  | { readonly type: "embedding"; readonly index: number; readonly vector: readonly number[] }
  | { readonly type: "usage"; readonly usage: Usage }
  /** Content of a kind that no other protocol has: it counts as content and is carried only as bytes. `what` names it. */
  | { readonly type: "opaque"; readonly what: string }
  /** The provider reported a failure inside a 200 answer. Nothing follows. */
  | { readonly type: "error"; readonly error: GatewayError }
  /** The answer's own terminal mark was seen. Nothing follows. */
  | { readonly type: "end" };

/** True for events that show something to the caller: after one of them no other attempt may be made. */
export function isContent(event: ChatEvent): boolean {
  switch (event.type) {
    case "text":
    case "reasoning":
    case "reasoning-token":
    case "refusal":
    case "citation":
    case "logprobs":
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
