import type { ChatEvent } from "#core/chat/event.ts";
import type { CallableTool, ChatRequest } from "#core/chat/request.ts";
import { lastTurn } from "#integrations/providers/loopback/conversation.ts";
import type { LoopbackScript } from "#integrations/providers/loopback/script.ts";
import { exampleArguments } from "#integrations/providers/loopback/tool-arguments.ts";

/** The tools to call now, one for each call; none once a tool has answered. */
export function toolsToCall(request: ChatRequest, script: LoopbackScript, prompt: string): readonly CallableTool[] {
  if (lastTurn(request)?.role === "tool") return [];
  const known = request.tools.flatMap((tool) => (tool.kind === "hosted" ? [] : [tool]));
  const chosen = chosenTools(request, known, script, prompt);
  return Array.from({ length: script.calls }, () => chosen).flat();
}

function chosenTools(
  { toolChoice }: ChatRequest,
  known: readonly CallableTool[],
  script: LoopbackScript,
  prompt: string,
): readonly CallableTool[] {
  const named = known.filter((tool) => script.tools.includes(tool.name));
  const orFirst = (tools: readonly CallableTool[], required: boolean) => {
    const wanted = named.filter((tool) => tools.includes(tool));
    return wanted.length > 0 || !required ? wanted : tools.slice(0, 1);
  };
  switch (toolChoice.type) {
    case "none":
    case "hosted":
      return [];
    case "tool":
      return [known.find((tool) => tool.name === toolChoice.name) ?? { kind: "function", name: toolChoice.name }];
    case "required":
      return orFirst(known, true);
    case "allowed":
      return orFirst(
        known.filter((tool) => toolChoice.names.includes(tool.name)),
        toolChoice.required,
      );
    case "auto":
      return named.length > 0 ? named : meantTools(known, prompt);
  }
}

/**
 * The only tool there is, when the prompt holds the words of its name (`get_weather`: "weather"). Agents bring many tools, and
 * theirs do something: those are called only when the prompt is told so.
 */
function meantTools([tool, ...others]: readonly CallableTool[], prompt: string): readonly CallableTool[] {
  if (tool === undefined || others.length > 0) return [];
  const said = new Set(wordsOf(prompt));
  const words = wordsOf(tool.name).filter((word) => word.length >= shortestMeaningful);
  return words.length > 0 && words.every((word) => said.has(word)) ? [tool] : [];
}

/** Shorter words of a name are its verb. */
const shortestMeaningful = 4;

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/**
 * The calls, one after another, for every choice; `texts` are their arguments. Ids count the calls of the conversation, so
 * that no two of them are alike.
 */
export function callSteps(
  { choices, messages }: ChatRequest,
  tools: readonly CallableTool[],
  prompt: string,
): { readonly steps: Iterable<readonly ChatEvent[]>; readonly texts: readonly string[] } {
  const before = messages.flatMap(({ parts }) => parts.filter((part) => part.type === "tool-call")).length;
  const texts = tools.map((tool) => (tool.kind === "custom" ? prompt : exampleArguments(tool)));
  const steps = function* (): Generator<readonly ChatEvent[]> {
    for (const [call, tool] of tools.entries()) {
      const id = `call_loopback_${before + call}`;
      yield Array.from({ length: choices }, (_, choice) => callEvent(tool, choice, call, id));
      yield* argumentSteps(texts[call] ?? "", choices, call);
    }
  };
  return { steps: { [Symbol.iterator]: steps }, texts };
}

function callEvent(tool: CallableTool, choice: number, call: number, id: string): ChatEvent {
  return {
    type: "tool-call",
    choice,
    call,
    id: choice === 0 ? id : `${id}_${choice}`,
    name: tool.name,
    ...(tool.kind === "custom" ? { form: "custom" } : {}),
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
  };
}

function* argumentSteps(text: string, choices: number, call: number): Generator<readonly ChatEvent[]> {
  const middle = Math.ceil(text.length / 2);
  for (const piece of [text.slice(0, middle), text.slice(middle)]) {
    if (piece === "") continue;
    yield Array.from({ length: choices }, (_, choice) => ({ type: "tool-arguments", choice, call, text: piece }));
  }
}
