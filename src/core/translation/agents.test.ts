/** What agents really send, through the real codecs. */
import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";
import { translate, type Translation } from "#core/translation/translate.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect, plainDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";

const models: Partial<Record<Protocol, string>> = {
  "openai-chat": "llama-3.3-70b",
  "anthropic-messages": "claude-sonnet-4-5",
  "gemini-generate": "gemini-3.8-flash",
};
const catalog = createCatalog();
const decoded = (caller: Protocol, value: unknown): CanonicalRequest =>
  codecs[caller].decodeRequest(decodeJsonBody(new TextEncoder().encode(JSON.stringify(value))), { model: "m" });

function translationOf(
  caller: Protocol,
  provider: Protocol,
  request: CanonicalRequest,
): Translation & { text: string } {
  const model = models[provider] ?? "m";
  const dialect = provider === "openai-chat" ? plainDialect : authorDialect;
  const call = { ...callOf({}), protocol: caller, upstreamProtocol: provider, request };
  const target = { model, facts: catalog.factsOf(model), dialect, provider: "p" };
  const translation = translate(codecs[provider], codecs[caller], call, target);
  return { ...translation, text: new TextDecoder().decode(translation.body) };
}

/** Output items of a Responses answer made of these events. */
function itemsOf(
  request: CanonicalRequest,
  body: unknown,
  events: readonly ChatEvent[],
): Readonly<Record<string, unknown>>[] {
  const answer = codecs["openai-responses"].encodeWhole(events, {
    model: "m",
    requestId: "req_1",
    createdSeconds: 1,
    nowSeconds: () => 1,
    streamUsage: true,
    embeddingEncoding: "float",
    request,
    body: decodeJsonBody(new TextEncoder().encode(JSON.stringify(body))),
    address: {},
  });
  const response = recordOf(JSON.parse(new TextDecoder().decode(answer))) ?? {};
  return listOf(response["output"]).map((item) => recordOf(item) ?? {});
}

const exec = {
  type: "custom",
  name: "exec",
  description: "Runs code.",
  format: { type: "grammar", syntax: "lark", definition: "start: /.+/" },
};
const codeMode = {
  model: "gpt-6.1-sol",
  input: [
    { type: "additional_tools", role: "developer", tools: [{ type: "namespace", name: "functions", tools: [exec] }] },
    { type: "message", role: "user", content: [{ type: "input_text", text: "go" }] },
    { type: "custom_tool_call", call_id: "c1", name: "exec", namespace: "functions", input: 'say("a\\n")' },
    { type: "custom_tool_call_output", call_id: "c1", output: "a" },
  ],
  stream: true,
};

for (const provider of ["openai-chat", "anthropic-messages", "gemini-generate"] as const) {
  test(`pitfall 12, pitfall 13, T-16: code mode works with ${provider} and gets freeform calls back as it knows them`, () => {
    const request = decoded("openai-responses", codeMode);
    const translation = translationOf("openai-responses", provider, request);
    expect(translation.text).toContain("functions__exec");
    expect(translation.text).toContain("start: /.+/");
    expect(translation.text).not.toContain("additional_tools");
    const input = 'const q = "a\\"b";\n// 😀';
    const written = JSON.stringify({ input });
    const pieces = Array.from(written, (text): ChatEvent => ({ type: "tool-arguments", choice: 0, call: 0, text }));
    const events: ChatEvent[] = [
      { type: "tool-call", choice: 0, call: 0, id: "x", name: "functions__exec" },
      ...pieces,
      { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_calls" },
      { type: "end" },
    ];
    const restored = events.flatMap((event) => [...translation.restore([event])]);
    const [item] = itemsOf(request, codeMode, restored);
    expect(item).toMatchObject({ type: "custom_tool_call", name: "exec", namespace: "functions", input });
  });

  test(`pitfall 14, T-06: hosted tools in Codex's list do not break ${provider}, and are named`, () => {
    const plain = { type: "function", name: "shell", strict: false, parameters: { type: "object", properties: {} } };
    const search = { type: "web_search", external_web_access: false };
    const tools = [plain, search, { type: "tool_search", execution: "client" }];
    const request = decoded("openai-responses", { model: "gpt-5.5", input: "go", tools, tool_choice: "auto" });
    const { text, dropped } = translationOf("openai-responses", provider, request);
    expect(text).not.toContain("_search");
    expect(dropped).toEqual(expect.arrayContaining(["tools[1]", "tools[2]"]));
  });

  test(`pitfall 20: what an old client writes between calls and results does not break ${provider}`, () => {
    const call = (id: string): unknown => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
    const messages = [
      { role: "user", content: "go" },
      { role: "assistant", content: null, tool_calls: [call("a"), call("b")] },
      { role: "assistant", content: "working" },
      { role: "tool", tool_call_id: "a", content: "one" },
      { role: "tool", tool_call_id: "b", content: "two" },
    ];
    const request = decoded("openai-chat", { model: "m", messages });
    const { text } = translationOf("openai-chat", provider, request);
    const order = ["working", '"a"', '"b"', "one", "two"].map((word) => text.indexOf(word));
    if (provider !== "gemini-generate") expect(order).toEqual(order.toSorted((a, b) => a - b));
    const turns = listOf(Object.values(recordOf(JSON.parse(text)) ?? {}).find(Array.isArray));
    expect(turns.length).toBe(provider === "openai-chat" ? 4 : 3);
  });
}

test("pitfall 40, pitfall 41: a chat caller's two rounds of tools at Gemini 3 carry their own signatures", () => {
  const keeper = new ReasoningKeeper({
    clock: new VirtualClock(),
    maxEntries: 10,
    maxCharacters: 10_000,
    timeToLiveMs: 60_000,
  });
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
  const messages: unknown[] = [{ role: "user", content: "go" }];
  for (const round of [1, 2]) {
    const request = decoded("openai-chat", { model: "m", messages, tools });
    const { restore } = translationOf("openai-chat", "gemini-generate", request);
    const token = { kind: "thought", data: `c2lnbmVk${round}` } as const;
    const ids = [`${round}a`, `${round}b`];
    const events = restore([
      { type: "reasoning-token", choice: 0, token },
      ...ids.map((id, call): ChatEvent => ({ type: "tool-call", choice: 0, call, id, name: "f" })),
    ]);
    keeper.remember("t")(events);
    const calls = ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } }));
    messages.push({ role: "assistant", content: null, tool_calls: calls });
    for (const id of ids) messages.push({ role: "tool", tool_call_id: id, content: "ok" });
  }
  const request = decoded("openai-chat", { model: "m", messages, tools });
  if (request.operation === "embeddings") throw new Error("No chat.");
  const recalled = { ...request, chat: keeper.recall("t", request.chat) };
  const { text } = translationOf("openai-chat", "gemini-generate", recalled);
  expect(text).not.toContain("skip_thought_signature_validator");
  const contents = listOf(recordOf(JSON.parse(text))?.["contents"]).map((content) => recordOf(content) ?? {});
  const signatures = contents
    .filter(({ role }) => role === "model")
    .map(({ parts }) => listOf(parts).map((part) => recordOf(part)?.["thoughtSignature"]));
  expect(signatures).toEqual([
    ["c2lnbmVk1", undefined],
    ["c2lnbmVk2", undefined],
  ]);
  expect(translationOf("openai-chat", "gemini-generate", request).text).toContain("skip_thought_signature_validator");
});

test("pitfall 15: a long dotted name of an MCP tool works for a Gemini caller at OpenAI and comes back unchanged", () => {
  const name = `mcp.server.${"tool".repeat(20)}`;
  const body = {
    contents: [{ role: "user", parts: [{ text: "go" }] }],
    tools: [{ functionDeclarations: [{ name }, { name: `${name}2` }] }],
  };
  const { text, restore } = translationOf("gemini-generate", "openai-chat", decoded("gemini-generate", body));
  const tools = listOf(recordOf(JSON.parse(text))?.["tools"]).map(
    (tool) => recordOf(recordOf(tool)?.["function"])?.["name"],
  );
  expect(new Set(tools).size).toBe(2);
  for (const wireName of tools) expect(wireName).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  const back = restore([{ type: "tool-call", choice: 0, call: 0, id: "1", name: String(tools[0]) }]);
  expect(back).toMatchObject([{ type: "tool-call", name }]);
});
