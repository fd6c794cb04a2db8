import type { ChatRequest } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";

/** Notes all that is asked of the thinking of a model that has none; which does as it is told when it should not think. */
export function noteUnthinking({ reasoning, asked }: ChatRequest, target: EncodeTarget): void {
  if (reasoning === undefined) return;
  const { effort, budgetTokens = 0, adaptive, visible } = reasoning;
  const isLevel = effort === undefined ? adaptive === true : effort !== "none";
  if (isLevel) target.note("reasoning_effort");
  if (budgetTokens > 0) target.note("reasoning_budget");
  if (visible === true && asked.has("reasoning_visible")) target.note("reasoning_visible");
}
