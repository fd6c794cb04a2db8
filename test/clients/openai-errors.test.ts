/** Every failure becomes the error class that the official `openai` client documents for it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { openAiClient } from "../harness/openai-client.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { chunk, completion, failure, stream, type UpstreamScript } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
const request: ChatCompletionCreateParamsNonStreaming = {
  model: "test-model",
  messages: [{ role: "user", content: "Hello" }],
};
let gateway: GatewayUnderTest;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nmax_retries = 0\n" });
  client = openAiClient(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

/** Waits until what `call` makes ends as one more row that says aborted. */
async function expectAbortedRow(call: () => Promise<void>): Promise<void> {
  const calls = upstream.calls.length;
  const rows = (await gateway.logs()).length;
  await call();
  await eventually("the provider saw it", () => upstream.calls[calls]?.abortedAtMs !== undefined);
  await eventually("the row says aborted", async () => {
    const [newest, ...older] = await gateway.logs();
    return older.length === rows && newest?.outcome === "aborted";
  });
}

test.each<[string, UpstreamScript, unknown, object]>([
  ["400", failure(400, "Too long."), OpenAI.BadRequestError, { status: 400, message: "400 Too long." }],
  ["404", failure(404, "No such model."), OpenAI.NotFoundError, { status: 404 }],
  ["422", failure(422, "No."), OpenAI.UnprocessableEntityError, { status: 422 }],
  ["429", failure(429, "Slow down.", { "retry-after": "7" }), OpenAI.RateLimitError, { status: 429 }],
  ["500", failure(500), OpenAI.InternalServerError, { status: 502, code: "upstream_error" }],
  ["401 to us", failure(401, "sk-secret"), OpenAI.InternalServerError, { status: 502, code: "upstream_auth" }],
  ["503", failure(503), OpenAI.InternalServerError, { status: 503, code: "upstream_overloaded" }],
])("a provider's %s, whole and streamed", async (_, script, kind, fields) => {
  upstream.script(script);
  for (const stream of [false, true]) {
    const error = await rejectionOf(client.chat.completions.create({ ...request, stream }));
    expect(error).toBeInstanceOf(kind as typeof OpenAI.APIError);
    expect(error).toMatchObject(fields);
    const { headers, requestID, message } = error as InstanceType<typeof OpenAI.APIError>;
    expect((await gateway.logs())[0]?.request_id as string).toBe(requestID ?? "");
    expect(message).not.toContain("sk-secret");
    expect(headers?.get("retry-after") ?? null).toBe(_ === "429" ? "7" : null);
  }
});

test("a request that makes no sense is a bad request that names its field, and never reaches a provider", async () => {
  const before = upstream.calls.length;
  const error = await rejectionOf(client.chat.completions.create({ ...request, n: "two" as unknown as number }));
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({ param: "n", type: "invalid_request_error" });
  expect(upstream.calls.length).toBe(before);
});

test("no key, a wrong key and a revoked key are authentication errors, a good key works", async () => {
  await using locked = await startGateway({ upstreams: { up: upstream }, keys: true });
  upstream.script(completion("In."));
  const key = await locked.createKey();
  const before = upstream.calls.length;
  const wrong = ["any", `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`];
  for (const apiKey of wrong) {
    const error = await rejectionOf(openAiClient(locked, { apiKey }).chat.completions.create(request));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: "invalid_api_key" });
  }
  expect(upstream.calls.length).toBe(before);
  const holder = openAiClient(locked, { apiKey: key });
  expect((await holder.chat.completions.create(request)).choices[0]?.message.content).toBe("In.");
  const { stdout } = await locked.cli("apikey", "list", "user1@example.com", "--json");
  const { id } = JSON.parse(stdout) as { id: string };
  expect((await locked.cli("apikey", "revoke", id)).exitCode).toBe(0);
  expect(await rejectionOf(holder.chat.completions.create(request))).toBeInstanceOf(OpenAI.AuthenticationError);
});

test.each(["break", "abort"] as const)("T-44 leaving a stream by %s stops the provider", async (how) => {
  upstream.script({ events: [chunk({ content: "Hello" })], end: "hang" });
  await expectAbortedRow(async () => {
    const events = await client.chat.completions.create({ ...request, stream: true });
    let seen = 0;
    for await (const _ of events) {
      seen += 1;
      if (how === "break") break;
      events.controller.abort();
    }
    expect(seen).toBe(1);
  });
});

test("F23 a client that gives up waiting gets its timeout error, and the provider is stopped", async () => {
  upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
  await expectAbortedRow(async () => {
    const error = await rejectionOf(openAiClient(gateway, { timeout: 500 }).chat.completions.create(request));
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  });
});

test("a client that may try again does, and gets the answer of the second try", async () => {
  upstream.script(failure(503, "Later.", { "retry-after-ms": "1" }), completion("Second."));
  const before = upstream.calls.length;
  const answer = await openAiClient(gateway, { maxRetries: 1 }).chat.completions.create(request);
  expect(answer.choices[0]?.message.content).toBe("Second.");
  expect(upstream.calls.length).toBe(before + 2);
});

test.each<[string, UpstreamScript]>([
  ["the connection is cut", { events: [chunk({ content: "half" })], end: "cut" }],
  ["the provider tells of an error", { events: [chunk({ content: "half" }), { error: { message: "Gone." } }] }],
])("T-10 a stream that breaks throws after what had arrived: %s", async (_, script) => {
  upstream.script(script);
  const events = await client.chat.completions.create({ ...request, stream: true });
  let text = "";
  const error = await rejectionOf(
    (async () => {
      for await (const event of events) text += event.choices[0]?.delta.content ?? "";
    })(),
  );
  expect(error).toBeInstanceOf(OpenAI.APIError);
  expect(text).toBe("half");
  upstream.script(script);
  const runner = client.chat.completions.stream({ ...request, stream: true });
  expect(await rejectionOf(runner.finalChatCompletion())).toBeInstanceOf(OpenAI.OpenAIError);
});

test("the built-in model told to break makes the client throw too", async () => {
  const content = "[[loopback events=5 cut_after=2]] word";
  const broken = { ...request, model: "loopback", messages: [{ role: "user" as const, content }] };
  const events = await client.chat.completions.create({ ...broken, stream: true });
  let count = 0;
  const error = await rejectionOf(
    (async () => {
      for await (const event of events) count += event.choices[0]?.delta.content ? 1 : 0;
    })(),
  );
  expect([error instanceof OpenAI.APIError, count]).toEqual([true, 2]);
});

test("a stream after a broken one is whole: nothing of the failure stays in the connection", async () => {
  upstream.script(stream(["fine"]));
  const runner = client.chat.completions.stream({ ...request, stream: true });
  expect((await runner.finalMessage()).content).toBe("fine");
});
