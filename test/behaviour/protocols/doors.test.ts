import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { hello, postJson } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { fourProviders } from "../../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { RawClient } from "../../harness/raw-client.ts";
import { at } from "./asking.ts";

const providers = fourProviders();
let gateway: GatewayUnderTest;
let key: string;

beforeAll(async () => {
  gateway = await startGateway({ keys: true, ini: `[gateway]\nmax_body_bytes = 4096\n${providers.ini()}` });
  key = await gateway.createKey();
});
beforeEach(() => {
  for (const provider of providers.all) provider.holds([{ text: "Hello!" }]);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  providers.stop();
});

const message = { model: "anthropic-model", max_tokens: 100, messages: hello };
const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
const post = (path: string, body: unknown, headers: Record<string, string> = { "x-api-key": key }): Promise<Response> =>
  postJson(`${gateway.url}${path}`, body, { headers });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}${path}`, { headers });

describe("pitfall 31 keys", () => {
  test("are taken from x-api-key and from a bearer header on /v1/messages, and no other one is", async () => {
    expect((await post("/v1/messages", message, { "x-api-key": key })).status).toBe(200);
    expect((await post("/v1/messages", message, { authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await post("/v1/messages", message, { "x-api-key": `${key}x` })).status).toBe(401);
    expect((await post("/v1/messages", message, {})).status).toBe(401);
  });

  test("are taken from ?key= and x-goog-api-key on Gemini's paths, and stand in no log line (pitfall 79)", async () => {
    const path = "/v1beta/models/gemini-model:generateContent";
    expect((await post(`${path}?key=${key}`, { contents }, {})).status).toBe(200);
    expect((await post(path, { contents }, { "x-goog-api-key": key })).status).toBe(200);
    expect((await post(`${path}?key=${key}bad`, { contents }, {})).status).toBeGreaterThanOrEqual(400);
    await eventually("it is told", () => gateway.output().includes("request_failed"));
    expect(gateway.output()).not.toContain(key);
    for (const { path: asked } of providers.of("gemini-model").calls) expect(asked).not.toContain(key);
  });
});

test("pitfall 32 Gemini's methods answer under /v1 and /v1beta", async () => {
  for (const version of ["v1", "v1beta", "v1alpha"]) {
    const answer = await post(`/${version}/models/gemini-model:generateContent`, { contents });
    expect([answer.status, at(await answer.json(), "candidates.0.content.parts.0.text")]).toEqual([200, "Hello!"]);
  }
});

test("pitfall 32 each kind of caller finds the models in its own shape", async () => {
  const list = async (headers: Record<string, string>) => (await get("/v1/models", headers)).json();
  const openAi = await list({ authorization: `Bearer ${key}` });
  expect(at(openAi, "object")).toBe("list");
  expect(at(openAi, "data.0")).toMatchObject({ object: "model", id: expect.any(String), owned_by: expect.any(String) });
  const anthropic = await list({ "x-api-key": key, "anthropic-version": "2023-06-01" });
  expect(anthropic).toMatchObject({ has_more: false, first_id: expect.any(String), last_id: expect.any(String) });
  expect(at(anthropic, "data.0")).toMatchObject({ type: "model", display_name: expect.any(String) });
  const gemini = await list({ "x-goog-api-key": key });
  expect(at(gemini, "models.0")).toMatchObject({ name: expect.stringMatching(/^models\//) });
  expect(at(gemini, "models.0.supportedGenerationMethods")).toContain("generateContent");
});

test.each(["?beta=true", "?beta=true&x=%zz", "?", "?unknown"])("pitfall 33 /v1/messages%s is routed", async (query) => {
  expect((await post(`/v1/messages${query}`, message)).status).toBe(200);
});

test("pitfall 34 a wish for a WebSocket is answered with 426 at once", async () => {
  using client = await RawClient.connect(gateway.url);
  const { host } = new URL(gateway.url);
  const began = performance.now();
  await client.send(
    `GET /v1/responses HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  expect((await client.answer()).status).toBe(426);
  // Who waits for it goes on waiting for many seconds.
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("pitfall 35 greetings of clients are answered without a key, an error in the log or a row", async () => {
  const rows = (await gateway.logs()).length;
  const before = gateway.output().length;
  for (const path of ["/", "/api/hello"]) {
    expect((await fetch(`${gateway.url}${path}`, { method: "HEAD" })).status).toBe(200);
  }
  expect(gateway.output().slice(before)).not.toMatch(/"level":"(warn|error)"|request_failed/);
  expect((await gateway.logs()).length).toBe(rows);
});

/** Asserts that a body is an error in the words of a protocol, and nothing else. */
const isErrorOf: Readonly<Record<"openai" | "anthropic" | "gemini", (body: unknown) => void>> = {
  openai: (body) => {
    const error = { message: expect.any(String), type: expect.any(String) };
    expect(body).toEqual({ error: expect.objectContaining(error) });
    expect(at(body, "error")).toContainKeys(["param", "code"]);
  },
  anthropic: (body) => {
    expect(body).toMatchObject({ type: "error", error: { type: expect.any(String), message: expect.any(String) } });
    expect(at(body, "request_id")).toEqual(expect.any(String));
  },
  gemini: (body) =>
    expect(body).toMatchObject({
      error: { code: expect.any(Number), message: expect.any(String), status: expect.stringMatching(/^[A-Z_]+$/) },
    }),
};

test.each([
  ["/v1/chat/completions", "openai"],
  ["/v1/responses", "openai"],
  ["/v1/messages", "anthropic"],
  ["/v1/messages/count_tokens", "anthropic"],
  ["/v1beta/models/gemini-model:generateContent", "gemini"],
  ["/v1beta/models/gemini-model:streamGenerateContent?alt=sse", "gemini"],
  ["/v1/models/gemini-model:generateContent", "gemini"],
] as const)(
  "pitfall 75 bad JSON, a bad key and a body too large at %s are told in the envelope of %s",
  async (path, family) => {
    const cases: [number, Promise<Response>][] = [
      [400, post(path, "{oops")],
      [401, post(path, message, { "x-api-key": "tok_live_no" })],
      [413, post(path, { ...message, contents, x: "~".repeat(5_000) })],
    ];
    for (const [status, pending] of cases) {
      const answer = await pending;
      // Google's own service says 400 of a bad key.
      expect([status, answer.status]).toEqual([status, family === "gemini" && status === 401 ? answer.status : status]);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
      isErrorOf[family](await answer.json());
    }
  },
);

test.each([
  ["/v1/nothing", "openai", {}],
  ["/v1/messages/nothing", "anthropic", {}],
  ["/anthropic/v1/nothing", "anthropic", {}],
  ["/v1beta/nothing", "gemini", {}],
  ["/v1/files", "anthropic", { "anthropic-version": "2023-06-01" }],
  ["/v1/files", "gemini", { "x-goog-api-key": "any" }],
  ["/v1/chat/nothing", "openai", { "anthropic-version": "2023-06-01" }],
] as const)("pitfall 75 what is not at %s is told in the envelope of %s", async (path, family, headers) => {
  const answer = await post(path, {}, { ...headers });
  expect(answer.status).toBe(404);
  isErrorOf[family](await answer.json());
});

test.each([
  ["openai", {}],
  ["anthropic", { "anthropic-version": "2023-06-01" }],
  ["gemini", { "x-goog-api-key": "any" }],
] as const)(
  "pitfall 75 a method that /v1/models does not take is told in the envelope of %s",
  async (family, headers) => {
    const answer = await post("/v1/models", {}, { ...headers });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    isErrorOf[family](await answer.json());
  },
);

const ours = {
  "anthropic-ratelimit-requests-remaining": "canary",
  "x-ratelimit-remaining-requests": "canary",
  "openai-organization": "canary",
  "openai-processing-ms": "canary",
  "set-cookie": "session=canary",
  "cf-ray": "canary",
};

describe.each(providers.all)("$model", ({ model, speech }) => {
  const asks = [
    ["/v1/chat/completions", { model, messages: hello }],
    ["/v1/responses", { model, input: "Hello" }],
    ["/v1/messages", { ...message, model }],
    [`/v1beta/models/${model}:generateContent`, { contents }],
  ] as const;

  test("pitfall 80 headers about our account reach no caller, answered, streamed or refused", async () => {
    const provider = providers.of(model);
    for (const [path, body] of asks) {
      const answers = [speech.whole({ text: "Hello!" }), speech.stream({ text: "Hello!" }), speech.failure(400, "No.")];
      for (const [index, script] of answers.entries()) {
        provider.holds([{ script: { ...script, headers: { ...ours, ...script.headers } } }]);
        const streamPath = path.replace(":generate", ":streamGenerate");
        const answer =
          index === 1
            ? await post(streamPath, { ...body, ...(path.includes(":") ? {} : { stream: true }) })
            : await post(path, body);
        expect(answer.status).toBe(index === 2 ? 400 : 200);
        expect(JSON.stringify([...answer.headers])).not.toContain("canary");
        await answer.text();
      }
    }
  });

  test("pitfall 79 prompts, answers and keys stand in no log line and no error", async () => {
    const provider = providers.of(model);
    for (const [path, body] of asks) {
      const text = JSON.stringify(body).replaceAll("Hello", "prompt-canary");
      provider.holds([{ text: "answer-canary" }]);
      await (await post(path, text)).text();
      provider.holds([{ script: speech.failure(401, `Incorrect API key: sk-${model.split("-")[0]}-key`) }]);
      const refused = await (await post(path, text)).text();
      expect(refused).not.toMatch(/canary|sk-|tok_live/);
    }
    await eventually("it is told", () => gateway.output().includes("upstream_auth"));
    expect(gateway.output()).not.toMatch(/canary|tok_live_[0-9A-Za-z]{30}|sk-(chat|responses|anthropic|gemini)-key/);
  });
});
