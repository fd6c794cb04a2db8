import type { FinishReason } from "#core/chat/event.ts";

/** What a choice has said, as far as it tells why the choice ended. */
export interface Said {
  readonly calls: boolean;
  readonly refusal: boolean;
}

/**
 * What a `finish_reason` means. A choice that made calls has ended in calls, whatever the provider's word for it
 * (several servers say `stop`); one that stopped after a refusal has refused.
 */
export function finishReasonOf(raw: string, said: Said): FinishReason {
  switch (raw) {
    case "stop":
      return said.calls ? "tool_calls" : said.refusal ? "refusal" : "stop";
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

/** OpenAI's word for a reason. What it has none for has stopped: typed clients stumble over words that they do not know. */
export function finishWord(reason: FinishReason, said: Said): string {
  switch (reason) {
    case "stop":
    case "tool_calls":
    case "paused":
    case "other":
      return said.calls ? "tool_calls" : "stop";
    case "length":
    case "context_full":
      return "length";
    case "refusal":
      return said.refusal ? "stop" : "content_filter";
    case "content_filter":
    case "error":
      return reason;
  }
}
