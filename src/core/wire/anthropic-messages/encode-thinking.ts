import { effortBudgets, effortOfBudget, nearestEffort } from "#core/chat/effort.ts";
import type { ChatRequest, Effort, ReasoningWish } from "#core/chat/request.ts";
import { isThinking, type Turn } from "#core/wire/anthropic-messages/encode-messages.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { isForced } from "#core/wire/anthropic-messages/forced-choice.ts";
import { noteUnthinking } from "#core/wire/unthinking-model.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How a request thinks: `thinking`, the effort of `output_config`, and whether Anthropic's rules for thinking hold. */
export interface Thinking {
  readonly thinking?: Fields;
  readonly effort?: Effort;
  readonly on: boolean;
}

const off: Thinking = { on: false };
/** Fewest tokens of thinking that can be asked for. */
const leastBudget = 1024;

/** What thinking a caller without a limit of its own needs beside the answer, in tokens; 0 unless it goes by a budget. */
export function budgetOf({ reasoning }: ChatRequest, { facts }: EncodeTarget): number {
  if (reasoning === undefined || reasoning.effort === "none") return 0;
  const { by } = facts.reasoning;
  return by === "budget" ? wantedBudget(reasoning) : 0;
}

/**
 * Thinking as the model takes it: a budget, or `adaptive` with a level. It is switched off, and noted, where the rules leave
 * no place for it: a limit without room, a forced call, an answer begun by the caller, calls that were made without it.
 */
export function encodeThinking(
  chat: ChatRequest,
  turns: readonly Turn[],
  maxTokens: number,
  target: EncodeTarget,
): Thinking {
  const { reasoning: wish } = chat;
  const control = target.facts.reasoning;
  if (wish === undefined) return off;
  switch (control.by) {
    case "none":
      noteUnthinking(chat, target);
      return off;
    case "effort":
      return withLevel(off, wish, control.levels, target);
    case "budget":
      if (wish.effort === "none") return control.off ? { on: false, thinking: { type: "disabled" } } : off;
      return manual(chat, wish, turns, { maxTokens, least: control.least, most: control.most }, target);
    case "adaptive":
      if (wish.effort === "none") return unthinking(wish, control.levels, target);
      if (wish.budgetTokens !== undefined && control.budgets && wish.adaptive !== true) {
        const bounds = { maxTokens, least: leastBudget, most: Number.POSITIVE_INFINITY };
        return withLevel(manual(chat, wish, turns, bounds, target), wish, control.levels, target);
      }
      return adaptive(wish, turns, control.levels, target);
  }
}

/** A model that cannot but think is told to think as little as it can. */
function unthinking(wish: ReasoningWish, known: readonly Effort[], target: EncodeTarget): Thinking {
  if (known.includes("none")) return { on: false, thinking: { type: "disabled" } };
  target.note("reasoning_effort");
  return withLevel(off, { ...wish, effort: "minimal" }, known, target);
}

function adaptive(
  wish: ReasoningWish,
  turns: readonly Turn[],
  known: readonly Effort[],
  target: EncodeTarget,
): Thinking {
  if (turns.at(-1)?.role === "assistant") {
    noteWish(wish, target);
    return off;
  }
  const display = wish.visible === undefined ? {} : { display: wish.visible ? "summarized" : "omitted" };
  const effort = wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortOfBudget(wish.budgetTokens));
  const leveled = { ...wish, ...(effort === undefined ? {} : { effort }) };
  return withLevel({ on: true, thinking: { type: "adaptive", ...display } }, leveled, known, target);
}

interface Bounds {
  readonly maxTokens: number;
  readonly least: number;
  readonly most: number;
}

function manual(
  chat: ChatRequest,
  wish: ReasoningWish,
  turns: readonly Turn[],
  { maxTokens, least, most }: Bounds,
  target: EncodeTarget,
): Thinking {
  const floor = Math.max(leastBudget, least);
  if (maxTokens <= floor || isForced(chat) || !mayThink(turns)) {
    noteWish(wish, target);
    return off;
  }
  const wanted = wantedBudget(wish);
  // A level leaves some of the limit for the answer; who names a budget has thought of that.
  const room = wish.budgetTokens === undefined ? Math.max(floor, Math.floor(maxTokens * 0.8)) : maxTokens - 1;
  const budget = Math.min(Math.max(wanted, floor), most, room);
  if (budget !== wanted) noteWish(wish, target);
  return { on: true, thinking: { type: "enabled", budget_tokens: budget } };
}

function wantedBudget({ budgetTokens, effort = "medium" }: ReasoningWish): number {
  return budgetTokens ?? effortBudgets[effort];
}

/**
 * Whether thinking by budget may go on: not in an answer that the caller began, nor after calls of this turn that were made
 * without thinking.
 */
function mayThink(turns: readonly Turn[]): boolean {
  if (turns.at(-1)?.role === "assistant") return false;
  const asked = turns.findLastIndex(
    ({ role, content }) => role === "user" && content.every((block) => block["type"] !== "tool_result"),
  );
  return turns.slice(asked + 1).every(({ role, content }) => {
    if (role !== "assistant" || !content.some((block) => block["type"] === "tool_use")) return true;
    const [first] = content;
    return first !== undefined && isThinking(first);
  });
}

function withLevel(thinking: Thinking, wish: ReasoningWish, known: readonly Effort[], target: EncodeTarget): Thinking {
  const { effort } = wish;
  if (effort === undefined || effort === "none" || known.length === 0) return thinking;
  const level = nearestEffort(effort, known);
  if (level === undefined) return thinking;
  if (level !== effort && effort !== "minimal") target.note("reasoning_effort");
  return { ...thinking, effort: level };
}

function noteWish({ budgetTokens }: ReasoningWish, target: EncodeTarget): void {
  target.note(budgetTokens === undefined ? "reasoning_effort" : "reasoning_budget");
}
