import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import type { CallableTool, ChatRequest } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";
import { callSteps, toolsToCall } from "#integrations/providers/loopback/calls.ts";
import { lastTurn, speechOf } from "#integrations/providers/loopback/conversation.ts";
import type { LoopbackScript } from "#integrations/providers/loopback/script.ts";
import { countPromptTokens, countTokens, cutToTokens } from "#integrations/providers/loopback/token-count.ts";

/** A repeated word is cut to this many characters, so that a marker cannot ask for gigabytes. */
const longestRepeated = 64;
const refusalText = "The loopback model refuses as it was told to.";

/** What the loopback model will say: steps of content in order, how every choice ends, and what it took. */
export interface LoopbackAnswer {
  /** One step is what travels together: a word, or a piece of a call, for every choice. */
  readonly steps: Iterable<readonly ChatEvent[]>;
  readonly reason: FinishReason;
  readonly usage: Usage;
}

/**
 * Decides on the answer: thoughts where they are told, then a refusal where it is told, calls where they are demanded or meant, what
 * a tool said once it has, else an echo of the last user message, cut at stop sequences and at the token limit. `token` is
 * what the thoughts end with.
 */
export function composeAnswer(
  request: ChatRequest,
  script: LoopbackScript,
  prompt: string,
  token: string,
): LoopbackAnswer {
  const said = content(request, script, prompt);
  const thoughts = script.think === undefined ? "" : repeatWords("thinking", script.think);
  const reasoningTokens = countTokens(thoughts) * request.choices;
  const usage: Usage = {
    inputTokens: countPromptTokens(request),
    outputTokens: said.tokens * request.choices + reasoningTokens,
    ...(thoughts === "" ? {} : { reasoningTokens }),
    ...script.usage,
  };
  const steps = thoughts === "" ? said.steps : chained(thoughtSteps(thoughts, request.choices, token), said.steps);
  return { steps, reason: said.reason, usage };
}

/** What is said behind the thoughts; `tokens` are those of one choice. */
interface Said {
  readonly steps: Iterable<readonly ChatEvent[]>;
  readonly reason: FinishReason;
  readonly tokens: number;
}

function content(request: ChatRequest, script: LoopbackScript, prompt: string): Said {
  const { choices } = request;
  if (script.refuse) {
    const steps = wordSteps("refusal", refusalText, choices);
    return { steps, reason: "refusal", tokens: countTokens(refusalText) };
  }
  const tools = toolsToCall(request, script, prompt);
  if (tools.length > 0) return calls(request, tools, prompt);
  const count = script.events === undefined ? undefined : Math.ceil(script.events / choices);
  const { text, reason } = limitText(repeatWords(speechOf(lastTurn(request), prompt), count), request);
  const steps = wordSteps("text", text, choices);
  return { steps, reason: script.endByLength ? "length" : reason, tokens: countTokens(text) };
}

function calls(request: ChatRequest, tools: readonly CallableTool[], prompt: string): Said {
  const { steps, texts } = callSteps(request, tools, prompt);
  const tokens = tools.reduce((sum, tool) => sum + countTokens(tool.name), 0);
  return { steps, reason: "tool_calls", tokens: texts.reduce((sum, text) => sum + countTokens(text), tokens) };
}

function repeatWords(text: string, count: number | undefined): string {
  if (count === undefined) return text;
  const words = text
    .split(/\s+/)
    .flatMap((word) => (word === "" ? [] : [word.slice(0, longestRepeated).toWellFormed()]));
  return Array.from({ length: count }, (_, index) => words[index % words.length] ?? "word").join(" ");
}

function limitText(text: string, request: ChatRequest): { text: string; reason: FinishReason } {
  let said = text;
  for (const stop of request.stop) {
    const at = stop === "" ? -1 : said.indexOf(stop);
    if (at >= 0) said = said.slice(0, at);
  }
  const { maxOutputTokens } = request;
  if (maxOutputTokens === undefined || countTokens(said) <= maxOutputTokens) return { text: said, reason: "stop" };
  return { text: cutToTokens(said, maxOutputTokens), reason: "length" };
}

function* wordSteps(
  type: "text" | "reasoning" | "refusal",
  text: string,
  choices: number,
): Generator<readonly ChatEvent[]> {
  for (const [word] of text.matchAll(/\s*\S+|\s+/g)) {
    yield Array.from({ length: choices }, (_, choice) => ({ type, choice, text: word }));
  }
}

function* thoughtSteps(text: string, choices: number, token: string): Generator<readonly ChatEvent[]> {
  yield* wordSteps("reasoning", text, choices);
  yield Array.from({ length: choices }, (_, choice) => ({
    type: "reasoning-token",
    choice,
    token: { kind: "signature", data: token },
  }));
}

function* chained<Item>(...parts: readonly Iterable<Item>[]): Generator<Item> {
  for (const part of parts) yield* part;
}
