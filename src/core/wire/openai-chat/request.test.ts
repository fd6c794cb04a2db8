import { describe, expect, test } from "bun:test";
import { sampleChat } from "#core/wire/openai-chat/samples.test-data.ts";

const hi = { role: "user", content: "hi" };
const ask = (fields: object) => sampleChat({ model: "m", messages: [hi], ...fields });
const askedOf = (fields: object) => Object.fromEntries(ask(fields).asked);

describe("what a caller asks for", () => {
  test("every field counts, under the name that the caller wrote", () => {
    expect(
      askedOf({
        temperature: 0,
        top_p: 1,
        seed: 1,
        frequency_penalty: 1,
        presence_penalty: -1,
        logit_bias: { "1": 2 },
        logprobs: true,
        n: 2,
        max_tokens: 5,
        stop: ["a"],
        response_format: { type: "json_object" },
        reasoning_effort: "low",
        verbosity: "low",
        modalities: ["text", "audio"],
        audio: { voice: "a", format: "wav" },
        prediction: { type: "content", content: "x" },
        store: true,
        metadata: { a: "b" },
        moderation: { model: "m" },
        service_tier: "flex",
        safety_identifier: "s",
        prompt_cache_key: "k",
        prompt_cache_retention: "24h",
        parallel_tool_calls: false,
        web_search_options: {},
      }),
    ).toEqual({
      temperature: "temperature",
      top_p: "top_p",
      seed: "seed",
      frequency_penalty: "frequency_penalty",
      presence_penalty: "presence_penalty",
      logit_bias: "logit_bias",
      logprobs: "logprobs",
      choices: "n",
      max_output_tokens: "max_tokens",
      stop: "stop",
      json_object: "response_format",
      reasoning_effort: "reasoning_effort",
      verbosity: "verbosity",
      audio_output: "modalities",
      prediction: "prediction",
      store: "store",
      metadata: "metadata",
      moderation: "moderation",
      service_tier: "service_tier",
      user: "safety_identifier",
      prompt_cache_key: "prompt_cache_key",
      cache_options: "prompt_cache_retention",
      parallel_tool_calls: "parallel_tool_calls",
      web_search: "web_search_options",
    });
  });

  test("defaults ask for nothing, unknown and unreadable fields are named", () => {
    const chat = ask({
      n: 1,
      logprobs: false,
      top_logprobs: null,
      store: false,
      metadata: {},
      parallel_tool_calls: true,
      frequency_penalty: 0,
      presence_penalty: 0,
      logit_bias: {},
      service_tier: "auto",
      tool_choice: "required",
      response_format: { type: "text" },
      modalities: ["text"],
      stream: false,
      tools: [],
      stop: [],
    });
    expect([...chat.asked.keys()]).toEqual([]);
    expect(chat.unknownFields).toEqual([]);
    const odd = ask({
      temperature: "hot",
      reasoning_effort: "much",
      response_format: { type: "yaml" },
      top_k: 3,
      x: null,
    });
    expect(odd.unknownFields).toEqual(["temperature", "response_format", "reasoning_effort", "top_k"]);
  });

  test("values are read into the canonical request", () => {
    expect(
      ask({
        temperature: 0.2,
        top_p: 0.9,
        seed: 5,
        logit_bias: { "7": -1 },
        logprobs: true,
        top_logprobs: 4,
        reasoning_effort: "xhigh",
        response_format: {
          type: "json_schema",
          json_schema: { name: "n", description: "d", schema: { type: "object" }, strict: true },
        },
        user: "u",
        parallel_tool_calls: false,
      }),
    ).toMatchObject({
      temperature: 0.2,
      topP: 0.9,
      seed: 5,
      logitBias: { "7": -1 },
      topLogprobs: 4,
      reasoning: { effort: "xhigh" },
      responseFormat: { type: "json-schema", name: "n", description: "d", schema: { type: "object" }, strict: true },
      user: "u",
      parallelToolCalls: false,
    });
  });
});

describe("tools", () => {
  test("functions, freeform tools, hosted ones and the deprecated form are read", () => {
    const grammar = { syntax: "lark", definition: "start: /x/" };
    const chat = ask({
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } },
        { type: "custom", custom: { name: "c", format: { type: "grammar", grammar } } },
        { type: "web_search_preview" },
        { type: "live_search" },
      ],
      functions: [{ name: "old" }],
      web_search_options: { user_location: { type: "approximate", approximate: { country: "IT" } } },
    });
    expect(chat.tools).toEqual([
      { kind: "function", name: "f", description: "d", parameters: { type: "object" }, strict: true },
      { kind: "custom", name: "c", grammar },
      { kind: "hosted", type: "web_search_preview", path: "tools[2]", webSearch: {} },
      { kind: "hosted", type: "live_search", path: "tools[3]" },
      { kind: "function", name: "old" },
      { kind: "hosted", type: "web_search", path: "web_search_options", webSearch: { location: { country: "IT" } } },
    ]);
    expect(Object.fromEntries(chat.asked)).toEqual({
      tools: "tools",
      tool_strict: "tools[0].function.strict",
      custom_tools: "tools[1]",
      web_search: "tools[2]",
      hosted_tools: "tools[3]",
    });
  });

  test("the depth of a search is named unless it is the usual one, and so is a forced tool of the provider's own", () => {
    const deep = ask({ web_search_options: { search_context_size: "low" } });
    expect(deep.unknownFields).toEqual(["web_search_options.search_context_size"]);
    expect(ask({ web_search_options: { search_context_size: "medium" } }).unknownFields).toEqual([]);
    const forced = ask({ tools: [{ type: "x_search" }], tool_choice: { type: "x_search" } });
    expect(forced.toolChoice).toEqual({ type: "hosted", path: "tools[0]" });
    expect(ask({ verbosity: "medium" }).asked.has("verbosity")).toBe(false);
  });

  test("every form of choice is read", () => {
    const tools = [{ type: "function", function: { name: "f" } }];
    const choice = (tool_choice: unknown) => ask({ tools, tool_choice }).toolChoice;
    expect(choice("auto")).toEqual({ type: "auto" });
    expect(choice("any")).toEqual({ type: "required" });
    expect(choice({ type: "function", function: { name: "f" } })).toEqual({ type: "tool", name: "f" });
    expect(choice({ type: "custom", custom: { name: "c" } })).toEqual({ type: "tool", name: "c" });
    expect(choice({ type: "web_search" })).toEqual({ type: "hosted", path: "tool_choice" });
    const some = { mode: "required", tools: [{ type: "function", function: { name: "f" } }] };
    expect(choice({ type: "allowed_tools", allowed_tools: some })).toEqual({
      type: "allowed",
      required: true,
      names: ["f"],
    });
    const beside = { tools: [...tools, { type: "web_search" }, { type: "other" }], web_search_options: {} };
    const narrow = { type: "allowed_tools", allowed_tools: { tools: [{ type: "other" }] } };
    expect(ask({ ...beside, tool_choice: narrow }).toolChoice).toMatchObject({
      names: [],
      hosted: ["tools[2]", "tools[1]", "web_search_options"],
    });
    const old = ask({ functions: [{ name: "f" }], function_call: { name: "f" } });
    expect([old.toolChoice, old.asked.get("tool_choice")]).toEqual([{ type: "tool", name: "f" }, "function_call"]);
  });
});
