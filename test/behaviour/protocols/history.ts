import { objectsOf } from "../../harness/scripted-answer.ts";
import type { Fields } from "../../harness/wires/wire.ts";

/** What the one parameter of the tool `f` of every history takes. */
export const schema = { type: "object", properties: { x: { type: "string" } } };

/** A turn of a history, to be written as each caller writes it. */
export type Said =
  | { readonly user: string }
  | { readonly model: string }
  | { readonly calls: readonly { readonly id: string; readonly name?: string; readonly input?: string }[] }
  | { readonly results: readonly { readonly id: string; readonly name?: string; readonly text: string }[] };

/** What every history begins with. */
export const asks: Said = { user: "Weather?" };

/** A history in the words of a caller of chat completions, with its tool. */
export function inChat(said: readonly Said[]): Fields {
  return {
    tools: [{ type: "function", function: { name: "f", parameters: schema } }],
    messages: said.flatMap(chatTurn),
  };
}

function chatTurn(turn: Said): object[] {
  if ("user" in turn) return [{ role: "user", content: turn.user }];
  if ("model" in turn) return [{ role: "assistant", content: turn.model }];
  if ("results" in turn) return turn.results.map(({ id, text }) => ({ role: "tool", tool_call_id: id, content: text }));
  const tool_calls = turn.calls.map(({ id, name = "f", input = "{}" }) => ({
    id,
    type: "function",
    function: { name, arguments: input },
  }));
  return [{ role: "assistant", content: null, tool_calls }];
}

/** The same in the words of a caller of Anthropic Messages. */
export function inAnthropic(said: readonly Said[]): Fields {
  return { max_tokens: 4_000, tools: [{ name: "f", input_schema: schema }], messages: said.map(anthropicTurn) };
}

function anthropicTurn(turn: Said): object {
  if ("user" in turn) return { role: "user", content: turn.user };
  if ("model" in turn) return { role: "assistant", content: turn.model };
  if ("calls" in turn) {
    const content = turn.calls.map(({ id, name = "f", input = "{}" }) => ({
      type: "tool_use",
      id,
      name,
      input: JSON.parse(input),
    }));
    return { role: "assistant", content };
  }
  return {
    role: "user",
    content: turn.results.map(({ id, text }) => ({ type: "tool_result", tool_use_id: id, content: text })),
  };
}

/** Ids of the calls and of the results that a provider was sent, in order. */
export function idsIn(body: Fields): { calls: unknown[]; results: unknown[] } {
  const blocks = objectsOf(body["messages"]).flatMap((message) => [
    message,
    ...objectsOf(message["content"]),
    ...objectsOf(message["tool_calls"]),
  ]);
  const items = [...blocks, ...objectsOf(body["input"])];
  const calls = items.flatMap((item) => (isCall(item) ? [item["call_id"] ?? item["id"]] : []));
  const results = items.flatMap((item) => {
    const id = item["tool_use_id"] ?? item["tool_call_id"] ?? (isCall(item) ? undefined : item["call_id"]);
    return id === undefined ? [] : [id];
  });
  return { calls, results };
}

const isCall = (item: Fields): boolean => /^(function|function_call|tool_use)$/.test(String(item["type"]));
