import type { FinishReason } from "#core/chat/event.ts";

/**
 * What a `finish_reason` means. A choice that made calls has ended in calls, whatever the provider's word for it
 * (several servers say `stop`).
 */
export function finishReasonOf(raw: string, calls: boolean): FinishReason {
  switch (raw) {
    case "stop":
      return calls ? "tool_calls" : "stop";
    case "length":
    case "content_filter":
    case "error":
    case "tool_calls":
      return raw;
    case "function_call":
      return "tool_calls";
    default:
      return "other";
  }
}

/** OpenAI's word for a reason; what it has no word for keeps the provider's own. */
export function finishWord(reason: FinishReason, raw: string): string {
  return reason === "other" && raw !== "" ? raw : reason;
}
