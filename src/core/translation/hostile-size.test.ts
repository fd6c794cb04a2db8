/** Bodies whose cost would grow with the square of their size, as an agent's long session or an attacker sends them. */
import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { translate } from "#core/translation/translate.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const protocols = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate"] as const;
const facts = createCatalog().factsOf("m");

/** Milliseconds of processor time that reading a body and writing it for every provider takes, however busy the machine is. */
function costOf(caller: Protocol, body: unknown): number {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const started = process.cpuUsage();
  const request = codecs[caller].decodeRequest(decodeJsonBody(bytes), { model: "m" });
  const target = { model: "m", facts, dialect: authorDialect, provider: "p" };
  for (const provider of protocols) {
    const call = { ...callOf({}), protocol: caller, upstreamProtocol: provider, request };
    translate(codecs[provider], codecs[caller], call, target);
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const chatCall = (index: number) => ({
  id: `c${index}`,
  type: "function",
  function: { name: `f${index}`, arguments: "" },
});
const named = (index: number) => ({ type: "function", function: { name: `f${index}` } });
const user = { role: "user", content: "go" };

const bodies: Readonly<Record<string, readonly [Protocol, (size: number) => unknown]>> = {
  "a turn of many calls that are answered backwards": [
    "openai-chat",
    (size) => ({
      model: "m",
      messages: [
        { role: "assistant", tool_calls: many(size, chatCall) },
        ...many(size, (at) => ({ role: "tool", tool_call_id: `c${size - 1 - at}`, content: "ok" })),
        user,
      ],
    }),
  ],
  "a turn of many calls without ids": [
    "gemini-generate",
    (size) => ({
      contents: [
        { role: "model", parts: many(size, (at) => ({ functionCall: { name: "f", args: { at } } })) },
        { role: "user", parts: many(size, () => ({ functionResponse: { name: "f", response: { output: "ok" } } })) },
      ],
    }),
  ],
  "a choice of many tools": [
    "openai-chat",
    (size) => ({
      model: "m",
      messages: [user],
      tools: many(size, named),
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: many(size, named) } },
    }),
  ],
  "a choice that repeats the name of a tool in many namespaces": [
    "openai-responses",
    (size) => ({
      model: "m",
      input: "go",
      tools: many(size, (at) => ({ type: "namespace", name: `n${at}`, tools: [{ type: "function", name: "f" }] })),
      tool_choice: { type: "allowed_tools", tools: many(size, () => ({ type: "function", name: "f" })) },
    }),
  ],
  "many tools whose names are cut alike": [
    "openai-chat",
    (size) => ({
      model: "m",
      messages: [user],
      tools: many(size, (at) => ({ type: "function", function: { name: "x".repeat(90) + at } })),
    }),
  ],
};

for (const [name, [caller, body]] of Object.entries(bodies)) {
  test(`${name} costs as much as it is long`, () => {
    // The square of 16,000 took between 4 and 60 seconds.
    expect(costOf(caller, body(16_000))).toBeLessThan(3_000);
  });
}
