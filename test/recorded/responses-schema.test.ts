/** What we write as Responses is what OpenAI's published schema says: requests to a provider, and what answers repeat of a call. */
import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { exchanges } from "./exchanges.ts";
import { mistakes, openAiSchema } from "./openai-schema.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const codec = codecs["openai-responses"];
const target = {
  model: "gpt-5.5",
  facts: createCatalog().factsOf("gpt-5.5"),
  dialect: authorDialect,
  note: () => {},
};
const requestSchema = openAiSchema("CreateResponse");
const responseSchema = openAiSchema("Response");
/**
 * By type. The document's own choice among items is ambiguous, and it wants ids and annotations of what the model said that the
 * service does not (ruby_llm's recordings send neither): those items are looked at by no schema.
 */
const itemSchemas = {
  message: openAiSchema("InputMessage"),
  function_call: openAiSchema("FunctionToolCall"),
  function_call_output: openAiSchema("FunctionCallOutputItemParam"),
  custom_tool_call: openAiSchema("CustomToolCall"),
  custom_tool_call_output: openAiSchema("CustomToolCallOutput"),
} as const;

function mistakesOfRequest({ input, ...request }: Readonly<Record<string, unknown>>): string[] {
  const items = Array.isArray(input) ? input : [];
  return [
    ...mistakes(requestSchema, { ...request, input: "x" }),
    ...items.flatMap((value: unknown) => {
      const item = recordOf(value) ?? {};
      if (item["type"] === "reasoning" || item["role"] === "assistant") return [];
      const schema = Object.entries(itemSchemas).find(([type]) => type === item["type"])?.[1];
      return mistakes(schema, item).map((mistake) => `${String(item["type"])} ${mistake}`);
    }),
  ];
}

test("every recorded request, of whatever service, is a valid one", () => {
  let seen = 0;
  const wrong = exchanges.flatMap(({ name, protocol, request, address }) => {
    if (request === undefined || /"audio\/|input_audio|"video\//.test(JSON.stringify(request))) return [];
    const body = decodeJsonBody(encoder.encode(JSON.stringify(request)));
    const written = codec.encodeRequest(codecs[protocol].decodeRequest(body, address), target);
    seen += 1;
    return mistakesOfRequest(JSON.parse(decoder.decode(written))).map((mistake) => `${name}: ${mistake}`);
  });
  expect(wrong).toEqual([]);
  expect(seen).toBeGreaterThan(300);
});

/** A call that asks for all that a response repeats. */
const call = {
  model: "gpt-5.5",
  instructions: "Be brief.",
  input: "hi",
  tools: [
    { type: "function", name: "f", parameters: { type: "object", properties: {} }, strict: true },
    { type: "function", name: "g" },
    { type: "custom", name: "h", format: { type: "grammar", syntax: "lark", definition: "start: /x/" } },
    { type: "web_search" },
    { type: "local_shell" },
    { type: "namespace", name: "n", description: "d", tools: [{ type: "function", name: "i" }] },
  ],
  tool_choice: { type: "function", name: "f" },
  parallel_tool_calls: false,
  temperature: 0.5,
  top_p: 0.5,
  max_output_tokens: 100,
  text: { format: { type: "json_schema", name: "x", schema: { type: "object" }, strict: true }, verbosity: "low" },
  reasoning: { effort: "low", summary: "auto" },
  truncation: "auto",
  metadata: { a: "b" },
  service_tier: "flex",
  store: false,
  top_logprobs: 2,
  include: ["message.output_text.logprobs"],
  safety_identifier: "s",
  prompt_cache_key: "k",
};

test("a response that repeats all settings, with an item of every kind, is a valid one", () => {
  const body = decodeJsonBody(encoder.encode(JSON.stringify(call)));
  const token = { kind: "encrypted", data: "E" } as const;
  const called = { type: "tool-call", choice: 0 } as const;
  const events: ChatEvent[] = [
    { type: "start" },
    { type: "reasoning", choice: 0, text: "hm" },
    { type: "reasoning-token", choice: 0, token },
    { type: "text", choice: 0, text: "Hi" },
    { type: "logprobs", choice: 0, tokens: [{ token: "Hi", logprob: -1, top: [{ token: "Yo", logprob: -2 }] }] },
    { type: "citation", choice: 0, citation: { url: "https://a.example", title: "A", start: 0, end: 2 } },
    { type: "refusal", choice: 0, text: "No" },
    { ...called, call: 0, id: "c0", name: "f" },
    { type: "tool-arguments", choice: 0, call: 0, text: "{}" },
    { ...called, call: 1, id: "c1", name: "h", form: "custom", namespace: "n" },
    { type: "tool-arguments", choice: 0, call: 1, text: "x" },
    { ...called, call: 2, id: "c2", name: "local_shell" },
    { type: "tool-arguments", choice: 0, call: 2, text: '{"command":["ls"]}' },
    { type: "finish", choice: 0, reason: "tool_calls", raw: "x" },
    { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } },
    { type: "end" },
  ];
  const request = codec.decodeRequest(body, {});
  const context = {
    model: "gpt-5.5",
    requestId: "req_1",
    createdSeconds: 5,
    nowSeconds: () => 5,
    streamUsage: true,
    embeddingEncoding: "float",
    request,
    body,
    address: {},
  } as const;
  const response = JSON.parse(decoder.decode(codec.encodeWhole(events, context)));
  expect(mistakes(responseSchema, response)).toEqual([]);
  expect(response.output.map(({ type }: { type: string }) => type)).toEqual([
    "reasoning",
    "message",
    "function_call",
    "custom_tool_call",
    "local_shell_call",
  ]);
});
