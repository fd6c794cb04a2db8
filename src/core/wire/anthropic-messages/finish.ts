import type { Ending, FinishReason } from "#core/chat/event.ts";

/** What a `stop_reason` means. An answer that made calls has ended in calls where it says no more than that it ended. */
export function finishReasonOf(raw: string, calls: boolean): FinishReason {
  switch (raw) {
    case "end_turn":
    case "stop_sequence":
      return calls ? "tool_calls" : "stop";
    case "tool_use":
      return "tool_calls";
    case "max_tokens":
      return "length";
    case "model_context_window_exceeded":
      return "context_full";
    case "refusal":
      return "refusal";
    case "pause_turn":
    case "compaction":
      return "paused";
    default:
      return "other";
  }
}

/** Anthropic's `stop_reason`. Content decides first: an answer with calls ended in them, whatever its provider says. */
function stopReasonOf(ending: Ending | undefined, calls: boolean): string {
  switch (ending?.reason) {
    case "length":
      return "max_tokens";
    case "context_full":
      return "model_context_window_exceeded";
    case "content_filter":
    case "refusal":
      return "refusal";
    case "paused":
      return ending.raw === "compaction" ? "compaction" : "pause_turn";
    case "stop":
    case "tool_calls":
    case "error":
    case "other":
    case undefined:
      if (calls) return "tool_use";
      return ending?.stopSequence === undefined ? "end_turn" : "stop_sequence";
  }
}

/** The end of an answer as `message_delta` and the message itself tell it; `refused` when it held words of refusal. */
export function encodeEnding(
  ending: Ending | undefined,
  calls: boolean,
  refused: boolean,
): Readonly<Record<string, unknown>> {
  const reason = refused ? "refusal" : stopReasonOf(ending, calls);
  // The words themselves stand in the content.
  const details = { type: "refusal", category: null, explanation: null };
  return {
    stop_reason: reason,
    stop_sequence: reason === "stop_sequence" ? (ending?.stopSequence ?? null) : null,
    stop_details: reason === "refusal" ? details : null,
  };
}
