import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import type { ChatRequest, Message, Tool } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { LoopbackScript } from "#integrations/providers/loopback/script.ts";
import { countPromptTokens, countTokens, cutToTokens } from "#integrations/providers/loopback/token-count.ts";
import { exampleArguments } from "#integrations/providers/loopback/tool-arguments.ts";

/** A repeated word is cut to this many characters, so that a marker cannot ask for gigabytes. */
const longestRepeated = 64;

/** What the loopback model will say: steps of content in order, how every choice ends, and what it took. */
export interface LoopbackAnswer {
  /** One step is what travels together: a word, or a piece of a call, for every choice. */
  readonly steps: Iterable<readonly ChatEvent[]>;
  readonly reason: FinishReason;
  readonly usage: Usage;
}

/**
 * Decides on the answer: a tool call where one is demanded, what a tool said once it has, else an echo of the last user
 * message, cut at stop sequences and at the token limit.
 */
export function composeAnswer(request: ChatRequest, script: LoopbackScript, prompt: string): LoopbackAnswer {
  const inputTokens = countPromptTokens(request);
  const tool = toolToCall(request, script);
  if (tool !== undefined) {
    const text = exampleArguments(tool);
    const outputTokens = (countTokens(tool.name) + countTokens(text)) * request.choices;
    return {
      steps: callSteps(tool, text, request.choices),
      reason: "tool_calls",
      usage: { inputTokens, outputTokens },
    };
  }
  const count = script.events === undefined ? undefined : Math.ceil(script.events / request.choices);
  const { text, reason } = limitText(repeatWords(speech(request, prompt), count), request);
  return {
    steps: wordSteps(text, request.choices),
    reason: script.endByLength ? "length" : reason,
    usage: { inputTokens, outputTokens: countTokens(text) * request.choices },
  };
}

/** The text of the last user message; empty when there is none. */
export function lastPrompt({ messages }: ChatRequest): string {
  const last = messages.findLast((message) => message.role === "user");
  return last === undefined ? "" : textOf(last);
}

function toolToCall({ tools, toolChoice, messages }: ChatRequest, script: LoopbackScript): Tool | undefined {
  if (messages.at(-1)?.role === "tool") return undefined;
  switch (toolChoice.type) {
    case "none":
      return undefined;
    case "tool":
      return tools.find((tool) => tool.name === toolChoice.name) ?? { name: toolChoice.name };
    case "required":
      return tools.find((tool) => tool.name === script.tool) ?? tools[0];
    case "auto":
      return tools.find((tool) => tool.name === script.tool);
  }
}

function speech({ messages }: ChatRequest, prompt: string): string {
  const last = messages.at(-1);
  if (last?.role === "tool") return `The tool answered: ${textOf(last)}`;
  return prompt === "" ? "Hello from loopback." : prompt;
}

function textOf({ parts }: Message): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
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

function* wordSteps(text: string, choices: number): Generator<readonly ChatEvent[]> {
  for (const [word] of text.matchAll(/\s*\S+|\s+/g)) {
    yield Array.from({ length: choices }, (_, choice) => ({ type: "text", choice, text: word }));
  }
}

function* callSteps(tool: Tool, argumentsText: string, choices: number): Generator<readonly ChatEvent[]> {
  const numbers = Array.from({ length: choices }, (_, choice) => choice);
  yield numbers.map((choice) => ({
    type: "tool-call",
    choice,
    call: 0,
    id: `call_loopback_${choice}`,
    name: tool.name,
  }));
  const middle = Math.ceil(argumentsText.length / 2);
  for (const text of [argumentsText.slice(0, middle), argumentsText.slice(middle)]) {
    if (text !== "") yield numbers.map((choice) => ({ type: "tool-arguments", choice, call: 0, text }));
  }
}
