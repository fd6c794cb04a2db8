import { expect, test } from "bun:test";
import type { CallableTool, Tool } from "#core/chat/request.ts";
import { ableFacts, encoded } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { inputSchemaOf } from "#core/wire/anthropic-messages/schema.ts";

const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const tool = (name: string, more: Partial<CallableTool> = {}): CallableTool => ({ kind: "function", name, ...more });

test("a tool has its schema untouched, and one without gets an empty object", () => {
  const parameters = { $schema: "x", type: "object", properties: { a: { type: "integer", maximum: 3 } } };
  const { body } = encoded({ tools: [tool("f", { description: "F", parameters, examples: [{ a: 1 }] }), tool("g")] });
  expect(body["tools"]).toEqual([
    { name: "f", description: "F", input_schema: parameters, input_examples: [{ a: 1 }] },
    { name: "g", input_schema: { type: "object", properties: {} } },
  ]);
});

test("alternatives at the top of a schema become one object that asks for what all of them ask", () => {
  const one = { type: "object", properties: { a: {}, b: {} }, required: ["a", "b"] };
  const two = { type: "object", properties: { a: {}, c: {} }, required: ["a", "c"] };
  expect(inputSchemaOf({ anyOf: [one, two] })).toEqual({
    schema: { type: "object", properties: { a: {}, b: {}, c: {} }, required: ["a"] },
    changed: true,
  });
  expect(inputSchemaOf({ allOf: [one, two] }).schema["required"]).toEqual(["a", "b", "c"]);
  expect(encoded({ tools: [tool("f", { parameters: { oneOf: [one] } })] }).notes).toEqual(["tools"]);
});

test("strict is sent where the schema is closed and the model knows it, else noted", () => {
  const strictOf = (parameters: Record<string, unknown>, facts = ableFacts): unknown => {
    const { body, notes } = encoded({ tools: [tool("f", { parameters, strict: true })] }, facts);
    return [JSON.stringify(body["tools"]).includes('"strict":true'), notes];
  };
  expect(strictOf(closed)).toEqual([true, []]);
  expect(strictOf({ type: "object", properties: {} })).toEqual([false, ["tool_strict"]]);
  expect(strictOf(closed, { ...ableFacts, jsonSchema: false })).toEqual([false, ["tool_strict"]]);
});

test("the choice has Anthropic's words, and goes with the tools", () => {
  const tools = [tool("f"), tool("g")];
  const choiceOf = (...[toolChoice, parallelToolCalls]: Parameters<typeof wish>): unknown =>
    encoded(wish(toolChoice, parallelToolCalls)).body["tool_choice"];
  const wish = (toolChoice: Parameters<typeof encoded>[0]["toolChoice"], parallelToolCalls?: boolean) => ({
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
  });
  expect(choiceOf({ type: "auto" })).toBeUndefined();
  expect(choiceOf({ type: "auto" }, false)).toEqual({ type: "auto", disable_parallel_tool_use: true });
  expect(choiceOf({ type: "required" }, true)).toEqual({ type: "any" });
  expect(choiceOf({ type: "none" })).toEqual({ type: "none" });
  expect(choiceOf({ type: "tool", name: "g" }, false)).toEqual({
    type: "tool",
    name: "g",
    disable_parallel_tool_use: true,
  });
  expect(encoded({ toolChoice: { type: "required" } }).body).not.toContainAnyKeys(["tools", "tool_choice"]);
});

test("of a subset only the allowed tools are sent, and that is noted", () => {
  const tools = [tool("f"), tool("g")];
  const { body, notes } = encoded({ tools, toolChoice: { type: "allowed", required: true, names: ["g"] } });
  expect(body).toMatchObject({ tools: [{ name: "g" }], tool_choice: { type: "any" } });
  expect(notes).toEqual(["allowed_tools"]);
});

test("T-06: a web search is Anthropic's own, other hosted tools are not sent", () => {
  const webSearch = { allowedDomains: ["a.example"], maxUses: 2, location: { city: "Paris" } };
  const tools: Tool[] = [
    { kind: "hosted", type: "web_search", path: "tools[0]", webSearch },
    { kind: "hosted", type: "file_search", path: "tools[1]" },
  ];
  expect(encoded({ tools, toolChoice: { type: "hosted", path: "tools[0]" } }).body).toMatchObject({
    tools: [
      {
        type: "web_search_20250305",
        name: "web_search",
        max_uses: 2,
        allowed_domains: ["a.example"],
        user_location: { type: "approximate", city: "Paris" },
      },
    ],
    tool_choice: { type: "tool", name: "web_search" },
  });
});

test("a tool of a type that Anthropic's models know by heart goes by that type", () => {
  const { body } = encoded({
    tools: [tool("bash", { typed: "bash_20250124" }), tool("shell", { typed: "local_shell" })],
  });
  expect(body["tools"]).toEqual([
    { type: "bash_20250124", name: "bash" },
    { name: "shell", input_schema: { type: "object", properties: {} } },
  ]);
});

test("T-13: cache marks stand where they were, the last four of them, and no hour behind five minutes", () => {
  const cache = { ttl: "5m" } as const;
  const part = (text: string) => ({ type: "text", text, cache }) as const;
  const four = encoded({
    tools: [tool("f", { cache: { ttl: "1h" } })],
    messages: [
      { role: "system", parts: [part("S")] },
      { role: "user", parts: [part("1"), { ...part("2"), cache: { ttl: "1h" } }] },
    ],
  });
  expect(four.body).toMatchObject({
    tools: [{ cache_control: { type: "ephemeral", ttl: "1h" } }],
    system: [{ cache_control: { type: "ephemeral" } }],
    messages: [{ content: [{ cache_control: { type: "ephemeral" } }, { cache_control: { type: "ephemeral" } }] }],
  });
  expect(JSON.stringify(four.body).match(/"ttl"/g)).toHaveLength(1);
  expect(four.notes).toEqual(["cache_marks"]);
  const many = encoded({ messages: [{ role: "user", parts: ["1", "2", "3", "4", "5", "6"].map(part) }] });
  expect(JSON.stringify(many.body).match(/cache_control/g)).toHaveLength(4);
  expect(JSON.stringify(many.body)).toContain('"text":"2"},');
});

test("where a call cannot be demanded the model is left free, and that is named", () => {
  const free = { ...ableFacts, forcedTools: false };
  const tools = [tool("f")];
  for (const toolChoice of [{ type: "required" }, { type: "tool", name: "f" }] as const) {
    const { body, notes } = encoded({ tools, toolChoice }, free);
    expect([body["tool_choice"], notes]).toEqual([undefined, ["tool_choice"]]);
  }
});
