import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { bedrockChunk, bedrockException } from "#integrations/providers/anthropic/aws-event-stream.test-data.ts";
import { postJson } from "../../harness/client.ts";
import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { rejectionOf } from "../../harness/rejection-of.ts";
import { anthropicSpeech } from "../../harness/anthropic-speech.ts";
import type { UpstreamScript } from "../../harness/upstream-script.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { dataIn, type Fields, framesIn } from "../../harness/wires/wire.ts";
import { at, finder, others, sentBy, sentTools } from "./asking.ts";

const pairs = sixteenPairs();
const between = finder(pairs);

describe("T-15 headers that ask Anthropic for features", () => {
  const headers = {
    "anthropic-beta": "one-2026-01-01,two",
    "anthropic-version": "2023-06-01",
    cookie: "a=b",
    "x-stainless-os": "Linux",
  };
  const ask = async (model: string, provider: "anthropic" | "chat" | "responses" | "gemini"): Promise<RecordedCall> => {
    const pair = between("anthropic", provider);
    pair.provider.holds([{ text: "Hello!" }]);
    const body = pair.client.sent(pair.client.begin({ text: "Hi" }), model, false);
    expect((await postJson(`${pairs.gateway.url}/v1/messages`, body, { headers })).status).toBe(200);
    return pair.heard();
  };

  test("go to Anthropic as they came, and nothing else of the caller's does", async () => {
    const { headers: sent } = await ask("anthropic-model", "anthropic");
    expect(sent).toMatchObject({ "anthropic-beta": "one-2026-01-01,two", "anthropic-version": "2023-06-01" });
    for (const name of ["cookie", "x-stainless-os", "authorization"]) expect(sent).not.toHaveProperty(name);
  });

  test.each(others("anthropic"))("go nowhere else: %s", async (provider) => {
    const { headers: sent } = await ask(`${provider}-model`, provider);
    expect(Object.keys(sent).filter((name) => name.startsWith("anthropic"))).toEqual([]);
  });
});

describe("T-06 tools that a provider runs itself", () => {
  const search = { type: "web_search_20250305", name: "web_search", max_uses: 3 };
  const own = { name: "f", input_schema: { type: "object", properties: {} } };
  const asking = (tools: readonly object[], more: Fields = {}): Fields => ({
    max_tokens: 2_000,
    messages: [{ role: "user", content: "Hi" }],
    tools,
    ...more,
  });

  test("a web search is a web search where there is one", async () => {
    const responses = await sentBy(between("anthropic", "responses"), asking([search, own]));
    expect(JSON.stringify(responses["tools"])).toContain('"type":"web_search"');
    const gemini = await sentBy(between("anthropic", "gemini"), asking([search]));
    expect(JSON.stringify(gemini["tools"])).toContain('"googleSearch":{}');
  });

  test("a hosted tool that nobody else has is left out and named beside others, refused when it is forced or alone", async () => {
    const pair = between("anthropic", "chat");
    const code = { type: "code_execution_20250522", name: "code_execution" };
    pair.provider.holds([{ text: "Hello!" }]);
    const told = await pair.send(asking([code, own]));
    expect([told.status, told.dropped.join()]).toEqual([200, expect.stringContaining("tools")]);
    expect(sentTools(pair.heard().json()).map(({ name }) => name)).toEqual(["f"]);
    for (const body of [
      asking([code]),
      asking([code, own], { tool_choice: { type: "tool", name: "code_execution" } }),
    ]) {
      pair.provider.holds([{ text: "Hello!" }]);
      const refused = await pair.send(body);
      expect([refused.status, refused.error["type"], pair.provider.calls]).toEqual([400, "invalid_request_error", []]);
    }
  });

  test.each([
    ["auto", { type: "auto" }, "auto"],
    ["any", { type: "any" }, "required"],
    ["one", { type: "tool", name: "f" }, { type: "function", function: { name: "f" } }],
    ["none", { type: "none" }, "none"],
  ] as const)("a choice of %s is the same choice elsewhere", async (_, tool_choice, expected) => {
    const sent = await sentBy(between("anthropic", "chat"), asking([own], { tool_choice }));
    expect(sent["tool_choice"] ?? "auto").toEqual(expected);
  });
});

describe("T-09 Anthropic's SDK at a model on Bedrock", () => {
  const bedrock = new FakeUpstream();
  let gateway: GatewayUnderTest;
  let client: Anthropic;
  beforeAll(async () => {
    const lines = `[provider.aws]\ntype = anthropic\nvariant = bedrock\nregion = eu-west-1\nbase_url = ${bedrock.origin}\napi_key = bedrock-key`;
    gateway = await startGateway({
      ini: `[gateway]\nmax_retries = 0\n${lines}\n[routes]\nclaude = aws/anthropic.claude-sonnet-4-5-v1:0\n`,
    });
    client = new Anthropic({ baseURL: gateway.url, apiKey: "any", maxRetries: 0 });
  });
  beforeEach(() => {
    bedrock.calls.length = 0;
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    bedrock.stop();
  });

  const question = { model: "claude", max_tokens: 100, messages: [{ role: "user" as const, content: "Hi" }] };
  const framed = (frames: readonly Uint8Array[]): UpstreamScript => ({
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: Buffer.concat(frames),
  });
  const events = anthropicSpeech.stream({ text: "Hello from a cloud." }).events as object[];

  test("answers, asked in Bedrock's way", async () => {
    bedrock.script(anthropicSpeech.whole({ text: "Hello from a cloud." }));
    expect((await client.messages.create(question)).content).toMatchObject([
      { type: "text", text: "Hello from a cloud." },
    ]);
    expect(bedrock.calls[0]?.path).toBe("/model/anthropic.claude-sonnet-4-5-v1%3A0/invoke");
    expect(bedrock.calls[0]?.json()).toMatchObject({ anthropic_version: "bedrock-2023-05-31" });
    expect(bedrock.calls[0]?.json()).not.toHaveProperty("model");
  });

  test("streams, and so does a caller of another protocol", async () => {
    bedrock.script(framed(events.map(bedrockChunk)));
    const message = await client.messages.stream(question).finalMessage();
    expect(message.content).toMatchObject([{ type: "text", text: "Hello from a cloud." }]);
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    const body = { model: "claude", messages: [{ role: "user", content: "Hi" }], stream: true };
    const text = await (await postJson(`${gateway.url}/v1/chat/completions`, body)).text();
    const deltas = framesIn(text).flatMap((frame) => (frame.data.startsWith("{") ? [dataIn(frame)] : []));
    expect(deltas.map((event) => at(event, "choices.0.delta.content") ?? "").join("")).toBe("Hello from a cloud.");
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("throws when the stream fails inside, or is cut", async () => {
    for (const frames of [
      [...events.slice(0, 5).map(bedrockChunk), bedrockException("throttlingException", "Too fast")],
      events.slice(0, 5).map(bedrockChunk),
    ]) {
      bedrock.script(framed(frames));
      await rejectionOf(client.messages.stream(question).finalMessage());
    }
  });
});
