/** A provider's tokens through a caller of another protocol and back, with the real codecs. */
import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { OpaqueToken } from "#core/chat/request.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { translate, type Translation } from "#core/translation/translate.ts";
import type { Codec } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";

const callers = ["openai-responses", "anthropic-messages", "gemini-generate"] as const;
type Caller = (typeof callers)[number];

const providers: readonly { readonly codec: Codec; readonly model: string; readonly token: OpaqueToken }[] = [
  { codec: codecs["openai-responses"], model: "gpt-5.5", token: { kind: "encrypted", data: "RU5DUllQVEVE" } },
  { codec: codecs["anthropic-messages"], model: "claude-sonnet-4-5", token: { kind: "signature", data: "U0lHTkVE" } },
  { codec: codecs["gemini-generate"], model: "gemini-3.8-flash", token: { kind: "thought", data: "VEhPVUdIVA==" } },
];

const utf8 = new TextDecoder();
const bodyOf = (value: unknown): JsonBody => decodeJsonBody(new TextEncoder().encode(JSON.stringify(value)));
const address = { model: "m", stream: false };

/** The first request of a conversation. */
function opening(caller: Caller): Record<string, unknown> {
  const parameters = { type: "object", properties: {} };
  switch (caller) {
    case "openai-responses":
      return {
        model: "m",
        input: [{ role: "user", content: "go" }],
        tools: [{ type: "function", name: "f", parameters }],
      };
    case "anthropic-messages":
      return {
        model: "m",
        max_tokens: 4000,
        thinking: { type: "enabled", budget_tokens: 2000 },
        messages: [{ role: "user", content: "go" }],
        tools: [{ name: "f", input_schema: parameters }],
      };
    case "gemini-generate":
      return {
        contents: [{ role: "user", parts: [{ text: "go" }] }],
        tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: parameters }] }],
      };
  }
}

/** The second request: the answer as it came, and the result of its call. */
function followUp(caller: Caller, answer: Readonly<Record<string, unknown>>): unknown {
  const first = opening(caller);
  switch (caller) {
    case "openai-responses": {
      const items = listOf(answer["output"]).map((item) => recordOf(item) ?? {});
      const callId = items.find((item) => item["type"] === "function_call")?.["call_id"];
      const result = { type: "function_call_output", call_id: callId, output: "done" };
      return { ...first, input: [...listOf(first["input"]), ...items, result] };
    }
    case "anthropic-messages": {
      const content = listOf(answer["content"]).map((block) => recordOf(block) ?? {});
      const id = content.find((block) => block["type"] === "tool_use")?.["id"];
      const result = { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "done" }] };
      return { ...first, messages: [...listOf(first["messages"]), { role: "assistant", content }, result] };
    }
    case "gemini-generate": {
      const content = recordOf(recordOf(listOf(answer["candidates"])[0])?.["content"]) ?? {};
      const part = listOf(content["parts"]).map((each) => recordOf(recordOf(each)?.["functionCall"]));
      const id = part.find((call) => call !== undefined)?.["id"];
      const result = { functionResponse: { id, name: "f", response: { output: "done" } } };
      return { ...first, contents: [...listOf(first["contents"]), content, { role: "user", parts: [result] }] };
    }
  }
}

function calling(caller: Caller, body: JsonBody): { call: ProviderCall; request: CanonicalRequest } {
  const request = codecs[caller].decodeRequest(body, address);
  return { call: { ...callOf({}), protocol: caller, request, body }, request };
}

const catalog = createCatalog();

function written(caller: Caller, provider: (typeof providers)[number], name: string, call: ProviderCall): Translation {
  const { codec, model } = provider;
  const target = { model, facts: catalog.factsOf(model), dialect: authorDialect, provider: name };
  return translate(codec, codecs[caller], { ...call, upstreamProtocol: codec.protocol }, target);
}

/** What the second request of a turn with this thinking says to the provider called `second`. */
function secondRequest(
  caller: Caller,
  provider: (typeof providers)[number],
  thoughts: readonly ChatEvent[],
  second: string,
): string {
  const body = bodyOf(opening(caller));
  const { call, request } = calling(caller, body);
  const events: ChatEvent[] = [
    { type: "start", id: "x", model: "m" },
    ...thoughts,
    { type: "tool-call", choice: 0, call: 0, id: "call_1", name: "f" },
    { type: "tool-arguments", choice: 0, call: 0, text: "{}" },
    { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_calls" },
    { type: "usage", usage: { inputTokens: 1, outputTokens: 1 } },
    { type: "end" },
  ];
  const restored = written(caller, provider, "first", call).restore(events);
  const context = {
    model: "m",
    requestId: "req_1",
    createdSeconds: 1,
    nowSeconds: () => 1,
    streamUsage: true,
    embeddingEncoding: "float",
    request,
    body,
    address,
  } as const;
  const answer = recordOf(JSON.parse(utf8.decode(codecs[caller].encodeWhole(restored, context)))) ?? {};
  const next = calling(caller, bodyOf(followUp(caller, answer)));
  return utf8.decode(written(caller, provider, second, next.call).body);
}

const thought = { type: "reasoning", choice: 0, text: "Hm, let me think." } as const;

for (const caller of callers) {
  for (const provider of providers) {
    const token: ChatEvent = { type: "reasoning-token", choice: 0, token: provider.token };
    const title = `${caller} callers and ${provider.codec.protocol} providers`;
    test(`pitfall 39, T-11: the provider's own token comes back to it unwrapped: ${title}`, () => {
      expect(secondRequest(caller, provider, [thought, token], "first")).toContain(`"${provider.token.data}"`);
    });
    test(`pitfall 42, T-12: a token without shown thoughts comes back too: ${title}`, () => {
      expect(secondRequest(caller, provider, [token], "first")).toContain(`"${provider.token.data}"`);
    });
    test(`pitfall 38, T-18: another provider gets neither token nor thoughts: ${title}`, () => {
      for (const thoughts of [[thought, token], [token], [thought]]) {
        const body = secondRequest(caller, provider, thoughts, "second");
        expect(body).not.toContain(provider.token.data);
        expect(body).not.toContain(wrapToken({ provider: "first", ...provider.token }).slice(0, 12));
        expect(body).not.toContain(thought.text);
        expect(body).toContain("done");
      }
    });
  }
}
