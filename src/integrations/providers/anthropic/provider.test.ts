import { describe, expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { Secret } from "#core/secret.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";
import { type AnthropicOptions, createAnthropicProvider } from "#integrations/providers/anthropic/provider.ts";
import { callOf, collect, failure, partsWith, ScriptedHttp } from "#integrations/providers/scripted-http.test-data.ts";

function provider(http: ScriptedHttp = new ScriptedHttp(), more: Partial<AnthropicOptions> = {}) {
  return createAnthropicProvider({
    ...partsWith(http),
    apiKey: new Secret("sk-ant"),
    authHeader: "x-api-key",
    query: {},
    digest: pureDigest,
    ...more,
  });
}

const messages = [{ role: "user", content: "hi" }];
const answer = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "real",
  content: [{ type: "text", text: "hello" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
});

describe("pitfall 36 a caller of Anthropic's protocol", () => {
  test("has its bytes, betas and version forwarded, apart from the model and the key", async () => {
    const http = new ScriptedHttp({
      chunks: [answer],
      headers: { "content-type": "application/json", "request-id": "r" },
    });
    const headers = { "anthropic-beta": "b1,b2", "anthropic-version": "2026-10-21", "x-api-key": "theirs" };
    const fields = { max_tokens: 5, messages, container: { id: "c" }, unheard_of: 1.5e300 };
    const reply = await provider(http).call(callOf(fields, "anthropic-messages", { headers }));
    expect(http.sent.url).toBe("https://api.anthropic.com/v1/messages");
    expect(http.sent.body).toBe(JSON.stringify({ model: "real", ...fields }));
    expect(http.sent.headers).toEqual({
      "anthropic-beta": "b1,b2",
      "anthropic-version": "2026-10-21",
      "content-type": "application/json",
      accept: "application/json",
      "x-api-key": "sk-ant",
    });
    expect(reply).toMatchObject({ rawProtocol: "anthropic-messages", upstreamRequestId: "r" });
    expect(new TextDecoder().decode((await collect(reply.pieces))[0]?.raw)).toBe(answer);
  });

  test("counts its tokens beside", async () => {
    const http = new ScriptedHttp({ chunks: ['{"input_tokens":3}'] });
    await provider(http).call(callOf({ messages }, "anthropic-count-tokens"));
    expect(http.sent.url).toBe("https://api.anthropic.com/v1/messages/count_tokens");
    expect(http.sent.headers["anthropic-version"]).toBe("2023-06-01");
  });
});

test("pitfall 1 a caller of another protocol is written anew, with our version and none of its headers", async () => {
  const http = new ScriptedHttp({ chunks: [answer] });
  const headers = { "openai-beta": "b", "anthropic-beta": "x" };
  const call = callOf({ messages }, "openai-chat", { headers, upstreamProtocol: "anthropic-messages" });
  const reply = await provider(http).call(call);
  expect(JSON.parse(http.sent.body)).toMatchObject({ model: "real", max_tokens: expect.any(Number) });
  expect(Object.keys(http.sent.headers).toSorted()).toEqual([
    "accept",
    "anthropic-version",
    "content-type",
    "x-api-key",
  ]);
  expect(reply.rawProtocol).toBeUndefined();
  const pieces = await collect(reply.pieces);
  expect(pieces.every(({ raw }) => raw === undefined)).toBe(true);
  expect(pieces.flatMap(({ events }) => events)).toContainEqual({ type: "text", choice: 0, text: "hello" });
});

test.each([
  ["https://a.example", "https://a.example/v1/messages"],
  ["https://a.example/v1/", "https://a.example/v1/messages"],
  ["https://a.example/anthropic", "https://a.example/anthropic/v1/messages"],
])("base URL %s leads to %s", async (baseUrl, url) => {
  const http = new ScriptedHttp({ chunks: [answer] });
  await provider(http, { baseUrl, authHeader: "authorization" }).call(
    callOf({ messages, max_tokens: 1 }, "anthropic-messages"),
  );
  expect(http.sent.url).toBe(url);
  expect(http.sent.headers["authorization"]).toBe("Bearer sk-ant");
});

test("it answers every chat caller in its own protocol, counts for all, and embeds for none", () => {
  for (const protocol of ["anthropic-messages", "openai-chat", "openai-responses", "gemini-generate"] as const) {
    expect(provider().speaks(protocol, "m")).toBe("anthropic-messages");
  }
  expect(provider().speaks("gemini-count-tokens", "m")).toBe("anthropic-count-tokens");
  expect(provider().speaks("openai-embeddings", "m")).toBeUndefined();
  expect(provider().speaks("openai-completions", "m")).toBeUndefined();
});

test("a refusal is read as Anthropic's", async () => {
  const body = JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
  const http = new ScriptedHttp({ status: 529, chunks: [body] });
  const error = await failure(provider(http), callOf({ messages, max_tokens: 1 }, "anthropic-messages"));
  expect(error).toMatchObject({ code: "upstream_overloaded" });
});

describe("the two lanes", () => {
  const thinking = (signature: string) => ({ type: "thinking", thinking: "hm", signature });
  const said = (signature: string) => [
    { role: "user", content: "hi" },
    { role: "assistant", content: [thinking(signature), { type: "text", text: "a" }] },
    { role: "user", content: "on" },
  ];
  const sentFor = async (signature: string, maker?: string) => {
    const http = new ScriptedHttp({ chunks: [answer] });
    const tokenMaker = () => maker;
    await provider(http).call(
      callOf({ messages: said(signature), max_tokens: 9 }, "anthropic-messages", { tokenMaker }),
    );
    return http.sent.body;
  };

  test("pitfalls 38 39 T-11 forwarded, a token goes back to its maker as it was made, and to nobody else", async () => {
    const own = wrapToken({ provider: "eu", kind: "signature", data: "RXU=" });
    const other = wrapToken({ provider: "us", kind: "signature", data: "VXM=" });
    expect(await sentFor(own)).toContain('"thinking":"hm","signature":"RXU="');
    expect(await sentFor("UmF3")).toContain('"signature":"UmF3"');
    expect(await sentFor("UmF3", "eu")).toContain('"signature":"UmF3"');
    for (const body of [await sentFor(other), await sentFor("UmF3", "us")]) expect(body).not.toContain("signature");
  });

  const sse = { "content-type": "text/event-stream" };
  const frames = (blocks: readonly object[]): string =>
    [
      { type: "message_start", message: { id: "m", model: "real", usage: { input_tokens: 1, output_tokens: 1 } } },
      ...blocks.flatMap((content_block, index) => [
        { type: "content_block_start", index, content_block },
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join("");
  const text = { type: "text", text: "hello" };
  const search = { type: "server_tool_use", id: "s", name: "web_search", input: {} };
  const translated = { upstreamProtocol: "anthropic-messages" } as const;
  const typesOf = async (http: ScriptedHttp, fields: object) => {
    const reply = await provider(http).call(callOf({ messages, ...fields }, "openai-chat", translated));
    expect(reply.rawProtocol).toBeUndefined();
    const pieces = await collect(reply.pieces);
    expect(pieces.filter(({ raw }) => raw !== undefined)).toEqual([]);
    return pieces.flatMap(({ events }) => events.map(({ type }) => type));
  };

  test("written anew, an answer carries its meaning alone, in the form that was asked for or the other", async () => {
    const expected = ["start", "text", "finish", "usage", "end"] as const;
    for (const stream of [true, false]) {
      for (const script of [{ headers: sse, chunks: [frames([text])] }, { chunks: [answer] }]) {
        const types = await typesOf(new ScriptedHttp(script), { stream });
        for (const type of expected) expect(types).toContain(type);
        expect(types.at(-1)).toBe("end");
      }
    }
  });

  test("content that no other protocol has is passed on to be named, not taken for a failure", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [frames([search, text])] });
    expect(await typesOf(http, { stream: true })).toContain("opaque");
  });

  test("what cannot be carried is named, and in a strict call refused before anything is sent", async () => {
    const http = new ScriptedHttp({ chunks: [answer] });
    const fields = { messages, seed: 7, vendor_thing: true };
    const { dropped } = await provider(http).call(callOf(fields, "openai-chat", translated));
    expect(dropped).toEqual(expect.arrayContaining(["seed", "vendor_thing"]));
    const strict = callOf(fields, "openai-chat", { ...translated, strict: true });
    expect((await failure(provider(http), strict)).code).toBe("unsupported_value");
    expect(http.requests).toHaveLength(1);
  });

  test("a call may be written anew for the caller's own protocol", async () => {
    const http = new ScriptedHttp({ chunks: [answer] });
    const fields = { messages, max_tokens: 5, unheard_of: 1 };
    const reply = await provider(http).call(callOf(fields, "anthropic-messages", { translate: true }));
    expect(reply).toMatchObject({ dropped: ["unheard_of"] });
    expect(reply.rawProtocol).toBeUndefined();
    expect(http.sent.body).not.toContain("unheard_of");
  });
});
