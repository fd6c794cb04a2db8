import { effortBudgets, effortOfBudget, nearestEffort } from "#core/chat/effort.ts";
import type { ChatRequest, ReasoningWish } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { noteUnthinking } from "#core/wire/unthinking-model.ts";

/** Gemini's `thinkingConfig`: a level or a budget, never both. */
export interface ThinkingConfig {
  readonly includeThoughts?: true;
  readonly thinkingLevel?: string;
  readonly thinkingBudget?: number;
}

/** What is asked of the model's thinking, as the model is told it; undefined when nothing is to be said. */
export function encodeThinking(chat: ChatRequest, target: EncodeTarget): ThinkingConfig | undefined {
  const { reasoning } = chat;
  if (reasoning === undefined) return undefined;
  const { reasoning: control } = target.facts;
  if (control.by === "none") {
    noteUnthinking(chat, target);
    return undefined;
  }
  const shown = reasoning.visible === true ? { includeThoughts: true as const } : {};
  const amount = control.by === "budget" ? budgetOf(reasoning, control, target) : levelOf(reasoning, control, target);
  const config = { ...shown, ...amount };
  return Object.keys(config).length === 0 ? undefined : config;
}

type Control<By> = Extract<EncodeTarget["facts"]["reasoning"], { readonly by: By }>;

function levelOf(
  { effort, budgetTokens }: ReasoningWish,
  { levels }: Control<"effort" | "adaptive">,
  target: EncodeTarget,
): Pick<ThinkingConfig, "thinkingLevel"> {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (wanted === undefined) return {};
  // Gemini has no level above `high`; that is as hard as it can.
  const known = levels.filter((level) => level !== "none" && level !== "xhigh" && level !== "max");
  const level = nearestEffort(wanted, known);
  if (level === undefined || level !== wanted)
    target.note(effort === undefined ? "reasoning_budget" : "reasoning_effort");
  return level === undefined ? {} : { thinkingLevel: level.toUpperCase() };
}

function budgetOf(
  { effort, budgetTokens, adaptive }: ReasoningWish,
  { least, most, off }: Control<"budget">,
  target: EncodeTarget,
): Pick<ThinkingConfig, "thinkingBudget"> {
  const wanted = budgetTokens ?? (effort === undefined ? undefined : effortBudgets[effort]);
  if (wanted === undefined) return adaptive === true ? { thinkingBudget: -1 } : {};
  if (wanted === 0 && off) return { thinkingBudget: 0 };
  const thinkingBudget = Math.min(most, Math.max(least, wanted));
  // A level means "about so much"; a number of tokens, and no thinking at all, mean what they say.
  if (thinkingBudget !== wanted && budgetTokens !== undefined) target.note("reasoning_budget");
  if (effort === "none") target.note("reasoning_effort");
  return { thinkingBudget };
}
