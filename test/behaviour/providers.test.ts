import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, chatStream, contentOf, errorOf, postJson } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream, type RecordedCall } from "../harness/fake-upstream.ts";
import { framesOf } from "../harness/frame-reader.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  const provider = (name: string, lines: string): string =>
    `[provider.${name}]\nbase_url = ${upstream.url}\n${lines}\n`;
  gateway = await startGateway({
    environ: { MY_KEY: "sk-from-environment" },
    ini: [
      provider(
        "azure",
        "type = openai-compatible\nauth_header = api-key\napi_key = azure-key\napi_version = 2024-10-21",
      ),
      provider("openai", "api_key = ${MY_KEY}\norganization = org-1"),
      provider("ollama", "type = openai-compatible"),
      provider("off", "type = openai-compatible\nenabled = false\napi_key = ${NOT_SET_ANYWHERE}"),
      "[routes]\nazure-* = azure\nopen-* = openai\nlocal-* = ollama",
    ].join("\n"),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

async function callTo(model: string): Promise<RecordedCall> {
  const answer = await chat(gateway, { model }, { headers: { authorization: "Bearer sk-of-the-caller" } });
  expect(answer.status).toBe(200);
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("The provider was not asked.");
  expect(JSON.stringify(call.headers)).not.toContain("sk-of-the-caller");
  return call;
}

test("an Azure-style provider gets its bare key in its own header and its version in the query", async () => {
  const { headers, path } = await callTo("azure-gpt");
  expect([headers["api-key"], headers["authorization"]]).toEqual(["azure-key", undefined]);
  expect(path).toBe("/v1/chat/completions?api-version=2024-10-21");
});

test("OpenAI gets a bearer token and the organization of the configuration", async () => {
  const { headers } = await callTo("open-gpt");
  expect(headers["authorization"]).toBe("Bearer sk-from-environment");
  expect(headers["openai-organization"]).toBe("org-1");
});

test("a provider without a key gets no credential at all", async () => {
  const { headers } = await callTo("local-llama");
  expect(Object.keys(headers).filter((name) => /auth|key/.test(name))).toEqual([]);
});

const ask = (content: string, fields: object = {}): object => ({
  model: "loopback",
  messages: [{ role: "user", content }],
  ...fields,
});

test("TC-P0-LOC test_local_provider: the built-in model answers the same to the same, without key or network", async () => {
  const before = upstream.calls.length;
  const first = await contentOf(await chat(gateway, ask("What is new?")));
  expect(first).toBe("What is new?");
  expect(await contentOf(await chat(gateway, ask("What is new?")))).toBe(first);
  expect((await (await chatStream(gateway, ask("What is new?"))).text()).includes("[DONE]")).toBe(true);
  expect(upstream.calls.length).toBe(before);
});

test("the built-in model calls the tool it must, whole and streamed", async () => {
  const parameters = { type: "object", required: ["city"], properties: { city: { type: "string" } } };
  const tools = [{ type: "function", function: { name: "weather", parameters } }];
  const answer = await chat(gateway, ask("Hi", { tools, tool_choice: "required" }));
  const [choice] = ((await answer.json()) as { choices: readonly Record<string, unknown>[] }).choices;
  expect(choice).toMatchObject({
    finish_reason: "tool_calls",
    message: { tool_calls: [{ type: "function", function: { name: "weather" } }] },
  });
  const frames = await framesOf(await chatStream(gateway, ask("Hi", { tools, tool_choice: "required" })));
  expect(frames.join("")).toContain('"finish_reason":"tool_calls"');
});

test("the built-in model embeds: as many vectors as texts, as long as asked, the same for the same text", async () => {
  const url = `${gateway.url}/v1/embeddings`;
  const fields = { model: "loopback", input: ["one", "two", "one"], dimensions: 8 };
  const answer = (await (await postJson(url, fields)).json()) as { data: readonly { embedding: readonly number[] }[] };
  const vectors = answer.data.map(({ embedding }) => embedding);
  expect(vectors.map(({ length }) => length)).toEqual([8, 8, 8]);
  expect(vectors[0]).toEqual(vectors[2] ?? []);
  expect(vectors[0]).not.toEqual(vectors[1] ?? []);
  const encoded = await postJson(url, { ...fields, encoding_format: "base64" });
  const { data } = (await encoded.json()) as { data: readonly { embedding: string }[] };
  const bytes = Buffer.from(data[0]?.embedding ?? "", "base64");
  expect(bytes.length).toBe(8 * 4);
  expect(bytes.readFloatLE(0)).toBeCloseTo(vectors[0]?.[0] ?? Number.NaN, 5);
});

test("the built-in model fails and breaks off when told to, like a provider would", async () => {
  for (const [status, seen] of [
    [500, 502],
    [503, 503],
    [400, 400],
    [429, 429],
    [401, 502],
  ]) {
    const answer = await chat(gateway, ask(`[[loopback fail=${status}]]`));
    expect([status, answer.status]).toEqual([status, seen]);
    expect(await errorOf(answer)).toHaveProperty("message");
  }
  const frames = await framesOf(await chatStream(gateway, ask("[[loopback events=9 cut_after=3]] word")));
  expect(frames.at(-1)).toContain('"error"');
  expect(frames).not.toContain("data: [DONE]");
});

test("logs are one JSON event a line, with id, status and time of each call, without prompts and keys", async () => {
  const answer = await chat(gateway, ask("prompt-canary"), { headers: { authorization: "Bearer caller-canary" } });
  const id = answer.headers.get("x-request-id") ?? "";
  const line = await eventually("the call is logged", () =>
    gateway
      .output()
      .split("\n")
      .find((text) => text.includes(id)),
  );
  const event = JSON.parse(line) as Record<string, unknown>;
  expect(event).toMatchObject({ request_id: id, status: 200, method: "POST", route: "/v1/chat/completions" });
  expect(typeof event["duration_ms"]).toBe("number");
  for (const secret of ["canary", "azure-key", "sk-from-environment"]) expect(gateway.output()).not.toContain(secret);
});
