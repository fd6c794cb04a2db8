import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { authorDialect, plainDialect } from "#core/wire/dialect.ts";
import { encodeSample, plainFacts, sampleChat, thinkingFacts } from "#core/wire/openai-chat/samples.test-data.ts";

const hi = [{ role: "user", content: "hi" }];
const ask = (fields: object): ChatRequest => sampleChat({ model: "m", messages: hi, ...fields });
const f = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };

function refusal(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return [thrown.code, thrown.details["field"]];
    throw thrown;
  }
  return "accepted";
}

describe("a request as a provider gets it", () => {
  test("a plain request is as small as it can be", () => {
    expect(encodeSample(ask({ temperature: 0.5 }))).toEqual({
      text: '{"model":"gpt-4o","temperature":0.5,"messages":[{"role":"user","content":"hi"}]}',
      body: { model: "gpt-4o", temperature: 0.5, messages: hi },
      notes: [],
    });
  });

  test("pitfall 4 the output limit has the name that the model knows, and at most what the model writes", () => {
    const limited = ask({ max_tokens: 900 });
    expect(encodeSample(limited, thinkingFacts).body).toMatchObject({ max_completion_tokens: 900 });
    expect(encodeSample(limited, thinkingFacts).body).not.toHaveProperty("max_tokens");
    expect(encodeSample(limited).body).toMatchObject({ max_tokens: 900 });
    const newer = { ...plainDialect, maxTokensField: "max_completion_tokens" } as const;
    expect(encodeSample(limited, plainFacts, newer).body).toMatchObject({ max_completion_tokens: 900 });
    const small = encodeSample(limited, { ...plainFacts, maxOutputTokens: 500 });
    expect([small.body["max_tokens"], small.notes]).toEqual([500, ["max_output_tokens"]]);
  });

  test("pitfall 2 what a thinking model refuses of sampling is left out and named", () => {
    const chat = ask({ temperature: 0, top_p: 0.9, presence_penalty: 1, logit_bias: { "5": 1 }, stop: "x" });
    const { body, notes } = encodeSample(chat, thinkingFacts);
    expect(Object.keys(body)).toEqual(["model", "messages"]);
    expect(notes).toEqual(["temperature", "top_p", "presence_penalty", "logit_bias"]);
    const either = encodeSample(chat, { ...plainFacts, temperatureWithTopP: false });
    expect([either.body["temperature"], either.body["top_p"], either.notes]).toEqual([0, undefined, ["top_p"]]);
  });

  test("pitfall 29 alternatives, log probabilities, seed, penalties and stops are said as they were", () => {
    const fields = {
      seed: 7,
      frequency_penalty: -1,
      presence_penalty: 0.5,
      logit_bias: { "50256": -100 },
      logprobs: true,
      top_logprobs: 3,
      n: 2,
      stop: ["a", "b"],
    };
    expect(encodeSample(ask(fields)).body).toMatchObject(fields);
  });

  test("more than four stops are refused with the caller's name for them", () => {
    const chat = ask({ stop: ["a", "b", "c", "d", "e"] });
    expect(refusal(() => encodeSample(chat))).toEqual(["unsupported_value", "stop"]);
    const named = { ...chat, asked: new Map([["stop", "stop_sequences"]] as const) };
    expect(refusal(() => encodeSample(named))).toEqual(["unsupported_value", "stop_sequences"]);
    expect(encodeSample(chat, thinkingFacts).body).not.toHaveProperty("stop");
  });

  test("pitfall 47 every level of effort becomes one that the model knows, named where it changed", () => {
    const rows = [
      ["none", "minimal", true],
      ["minimal", "minimal", false],
      ["medium", "medium", false],
      ["xhigh", "high", true],
      ["max", "high", true],
    ] as const;
    for (const [wanted, told, changed] of rows) {
      const { body, notes } = encodeSample(ask({ reasoning_effort: wanted }), thinkingFacts);
      expect([wanted, body["reasoning_effort"], notes]).toEqual([wanted, told, changed ? ["reasoning_effort"] : []]);
    }
    const none = encodeSample(ask({ reasoning_effort: "none" }));
    expect([none.body["reasoning_effort"], none.notes]).toEqual([undefined, []]);
    const deaf = encodeSample(ask({ reasoning_effort: "high" }));
    expect([deaf.body["reasoning_effort"], deaf.notes]).toEqual([undefined, ["reasoning_effort"]]);
    expect(encodeSample({ ...ask({}), reasoning: { adaptive: true } }).notes).toEqual(["reasoning_effort"]);
    expect(encodeSample({ ...ask({}), reasoning: { budgetTokens: 2000 } }).notes).toEqual(["reasoning_budget"]);
  });

  test("a budget in tokens becomes the level that it stands for", () => {
    const budget = (budgetTokens: number) =>
      encodeSample({ ...ask({}), reasoning: { budgetTokens } }, thinkingFacts).body["reasoning_effort"];
    expect([1024, 2048, 4000, 8192, 16_384].map(budget)).toEqual(["minimal", "low", "medium", "medium", "high"]);
    expect(budget(-1)).toBeUndefined();
  });

  test("a stream asks for its usage, unless the server does not know how", () => {
    const stream = ask({ stream: true });
    expect(encodeSample(stream).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    const bare = encodeSample(stream, plainFacts, { ...plainDialect, streamOptions: false });
    expect(bare.body).toEqual({ model: "gpt-4o", stream: true, messages: hi });
  });

  test("who asks is told under the name that the server knows, and never more than fits", () => {
    const chat = ask({ user: "u1", prompt_cache_key: "k", service_tier: "flex", verbosity: "low" });
    expect(encodeSample(chat, thinkingFacts).body).toMatchObject({
      safety_identifier: "u1",
      prompt_cache_key: "k",
      service_tier: "flex",
      verbosity: "low",
    });
    const long = encodeSample(ask({ user: "u".repeat(65), service_tier: "standard_only" }));
    expect([Object.keys(long.body), long.notes]).toEqual([
      ["model", "messages"],
      ["user", "service_tier"],
    ]);
    const derived = { ...ask({}), promptCacheKey: "session" };
    expect(encodeSample(derived).body).toMatchObject({ prompt_cache_key: "session" });
    expect(encodeSample(derived, plainFacts, plainDialect)).toMatchObject({ notes: [] });
    expect(encodeSample(derived, plainFacts, plainDialect).body).not.toHaveProperty("prompt_cache_key");
  });

  test("what other servers and older models refuse is left out for them and named: Codex says it in every request", () => {
    const chat = ask({ user: "u1", prompt_cache_key: "k", verbosity: "low" });
    const plain = encodeSample(chat, plainFacts, plainDialect);
    expect(plain.body).toEqual({ model: "gpt-4o", user: "u1", messages: hi });
    expect(plain.notes).toEqual(["verbosity", "prompt_cache_key"]);
    expect(encodeSample(chat)).toMatchObject({ body: { prompt_cache_key: "k" }, notes: ["verbosity"] });
  });
});

describe("tools", () => {
  test("pitfall 6 optional parameters stay optional: strict is not claimed for a schema that is not", () => {
    const parameters = {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    const chat = ask({ tools: [{ type: "function", function: { name: "f", parameters, strict: true } }] });
    const { body, notes } = encodeSample(chat);
    expect(body["tools"]).toEqual([{ type: "function", function: { name: "f", parameters, strict: false } }]);
    expect(notes).toEqual(["tool_strict"]);
    const closed = { ...parameters, required: ["a", "b"] };
    const strict = ask({ tools: [{ type: "function", function: { name: "f", parameters: closed, strict: true } }] });
    expect(encodeSample(strict)).toMatchObject({ body: { tools: [{ function: { strict: true } }] }, notes: [] });
    const plain = encodeSample(strict, plainFacts, { ...plainDialect, strictTools: false });
    expect(plain.notes).toEqual(["tool_strict"]);
    expect(plain.text).not.toContain("strict");
  });

  test("nothing is said of tools when there are none", () => {
    const chat = ask({ tools: [], tool_choice: "required", parallel_tool_calls: false });
    expect(Object.keys(encodeSample(chat).body)).toEqual(["model", "messages"]);
  });

  test("every form of choice is said, a choice of some by what is declared where the server does not know it", () => {
    const g = { type: "function", function: { name: "g" } };
    const named = (name: string) => ({ type: "function", function: { name } });
    const some = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [named("g")] } };
    for (const choice of ["none", "required", named("g"), some]) {
      expect(encodeSample(ask({ tools: [f, g], tool_choice: choice })).body).toMatchObject({ tool_choice: choice });
    }
    const shown = encodeSample(ask({ tools: [f, g], tool_choice: some }), plainFacts, plainDialect);
    expect(shown.body).toMatchObject({ tools: [g], tool_choice: "required" });
    expect(shown.notes).toEqual(["allowed_tools"]);
  });

  test("a server that takes no choice is told none", () => {
    const lacking = { ...plainDialect, lacks: ["tool_choice"] as const };
    const chat = ask({ tools: [f], tool_choice: "required" });
    expect(Object.keys(encodeSample(chat, plainFacts, lacking).body)).toEqual(["model", "tools", "messages"]);
  });

  test("T-16 a freeform tool keeps its grammar where the server knows such tools", () => {
    const format = { type: "grammar", grammar: { syntax: "lark", definition: "start: /x+/" } };
    const tool = { type: "custom", custom: { name: "patch", description: "Edit.", format } };
    const choice = { type: "custom", custom: { name: "patch" } };
    expect(encodeSample(ask({ tools: [tool], tool_choice: choice })).body).toMatchObject({
      tools: [tool],
      tool_choice: choice,
    });
  });

  test("examples stand in the description", () => {
    const chat: ChatRequest = {
      ...ask({}),
      tools: [{ kind: "function", name: "f", description: "Does.", examples: [{ a: 1 }] }],
    };
    expect(encodeSample(chat).body).toMatchObject({
      tools: [{ function: { description: 'Does.\n\nExamples of the arguments:\n{"a":1}' } }],
    });
  });

  test("T-06: a search is asked of search models alone, unless the caller wrote the very field; one that is all is refused", () => {
    const own = ask({ web_search_options: { user_location: { type: "approximate", approximate: { city: "Rome" } } } });
    expect(encodeSample(own).body).toMatchObject({
      web_search_options: { user_location: { type: "approximate", approximate: { city: "Rome" } } },
    });
    const other: ChatRequest = {
      ...ask({}),
      tools: [{ kind: "hosted", type: "web_search_20250305", path: "tools[0]", webSearch: { maxUses: 2 } }],
    };
    const beside: ChatRequest = { ...other, tools: [...other.tools, { kind: "function", name: "f" }] };
    expect(encodeSample(beside)).toMatchObject({ notes: ["web_search"], body: { messages: hi } });
    const forced: ChatRequest = { ...beside, toolChoice: { type: "hosted", path: "tools[0]" } };
    for (const chat of [other, forced]) expect(() => encodeSample(chat)).toThrow("'tools[0]' asks for a search");
    expect(encodeSample({ ...other, toolChoice: { type: "none" } }).notes).toEqual(["web_search"]);
    expect(encodeSample(other, { ...plainFacts, model: "gpt-5-search-api" })).toMatchObject({
      body: { web_search_options: {} },
      notes: ["web_search"],
    });
  });
});

describe("the form of the answer", () => {
  const schema = { type: "object", properties: { a: { type: "string" } }, required: [], additionalProperties: false };
  const format = (strict: boolean) => ({ type: "json_schema", json_schema: { name: "n", schema, strict } });

  test("a schema is carried, strict only where it fits", () => {
    expect(encodeSample(ask({ response_format: format(false) })).body).toMatchObject({
      response_format: format(false),
    });
    expect(encodeSample(ask({ response_format: format(true) }))).toMatchObject({
      body: { response_format: format(false) },
      notes: ["json_schema"],
    });
    expect(encodeSample(ask({ response_format: { type: "json_object" } })).body).toMatchObject({
      response_format: { type: "json_object" },
    });
    const unnamed: ChatRequest = { ...ask({}), responseFormat: { type: "json-schema", schema } };
    expect(encodeSample(unnamed).body).toMatchObject({ response_format: { json_schema: { name: "response" } } });
  });

  test("pitfall 37: JSON of which the beginning does not speak is asked for in words, whatever comes later", () => {
    const silent = ask({ response_format: { type: "json_object" } });
    const told = { role: "system", content: "Answer with JSON." };
    const later = { role: "user" as const, parts: [{ type: "text" as const, text: "as JSON, please" }] };
    for (const messages of [silent.messages, [...silent.messages, later]]) {
      expect(encodeSample({ ...silent, messages }).text).toContain(JSON.stringify([told]).slice(0, -1));
    }
    expect(encodeSample({ ...silent, messages: [later] }).text).not.toContain("Answer with");
  });

  test("a model without schemas is told the schema in words, and the caller so", () => {
    const { body, notes } = encodeSample(ask({ response_format: format(false) }), { ...plainFacts, jsonSchema: false });
    expect(body["response_format"]).toEqual({ type: "json_object" });
    expect(JSON.stringify(body["messages"])).toContain("valid against this JSON Schema");
    expect(notes).toEqual(["json_schema"]);
    const bare = { ...authorDialect, lacks: ["json_schema", "json_object"] as const };
    const words = encodeSample(ask({ response_format: format(false) }), plainFacts, bare);
    expect(words.body).not.toHaveProperty("response_format");
    expect(JSON.stringify(words.body["messages"])).toContain("JSON Schema");
  });
});
