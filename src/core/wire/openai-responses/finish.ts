import type { FinishReason } from "#core/chat/event.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/** Why a response ended, by its status; undefined while it has not. */
export function finishOf(
  response: Readonly<Record<string, unknown>>,
  made: { readonly calls: number; readonly refused: boolean; readonly textLength: number },
): { readonly reason: FinishReason; readonly raw: string } | undefined {
  const status = textOf(response["status"]);
  if (status === "incomplete") {
    const raw = textOf(recordOf(response["incomplete_details"])?.["reason"]) ?? status;
    if (raw === "max_output_tokens") return { reason: "length", raw };
    return { reason: raw === "content_filter" ? raw : "other", raw };
  }
  if (status !== "completed") return undefined;
  if (made.calls > 0) return { reason: "tool_calls", raw: status };
  return { reason: made.refused && made.textLength === 0 ? "refusal" : "stop", raw: status };
}
