import type { FinishReason } from "#core/chat/event.ts";

const refusals: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
  "MODEL_ARMOR",
  "JAILBREAK",
]);

const broken: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "MALFORMED_RESPONSE",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
]);

/** What a `finishReason` means. A choice that made calls has ended in calls, though Gemini says `STOP`. */
export function finishReasonOf(raw: string, calls: boolean): FinishReason {
  if (raw === "STOP") return calls ? "tool_calls" : "stop";
  if (raw === "MAX_TOKENS") return "length";
  if (raw === "CONTINUATION") return "paused";
  if (refusals.has(raw)) return "content_filter";
  return broken.has(raw) ? "error" : "other";
}

/** Gemini's word for a reason: its own where the answer came from Gemini. */
export function finishWord(reason: FinishReason, raw: string): string {
  switch (reason) {
    case "stop":
    case "tool_calls":
    case "paused":
      // A pause is taken up with a token that another protocol's answer has not.
      return "STOP";
    case "length":
    case "context_full":
      return "MAX_TOKENS";
    case "content_filter":
    case "refusal":
      return refusals.has(raw) ? raw : "SAFETY";
    case "error":
      return broken.has(raw) ? raw : "OTHER";
    case "other":
      return /^[A-Z][A-Z_]+$/.test(raw) ? raw : "OTHER";
  }
}
