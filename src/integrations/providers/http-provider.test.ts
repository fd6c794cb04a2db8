import { describe, expect, test } from "bun:test";
import { socketAt, world } from "../../../test/harness/fake-sockets.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import { Secret } from "#core/secret.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import {
  createOpenAiCompatibleProvider,
  type OpenAiCompatibleOptions,
} from "#integrations/providers/openai-compatible/provider.ts";
import {
  callOf,
  collect,
  failure as failureOf,
  partsWith,
  ScriptedHttp,
} from "#integrations/providers/scripted-http.test-data.ts";

const decoder = new TextDecoder();

function provider(http: UpstreamHttp, more: Partial<OpenAiCompatibleOptions> = {}) {
  return createOpenAiCompatibleProvider({
    ...partsWith(http),
    baseUrl: "https://api.example.com/v1/",
    apiKey: new Secret("sk-1"),
    authHeader: "authorization",
    query: { "api-version": "2026-01-01" },
    dialect: plainDialect,
    ...more,
  });
}

const failure = (http: ScriptedHttp, call: ProviderCall): Promise<GatewayError> => failureOf(provider(http), call);

const messages = [{ role: "user", content: "hi" }];
const streamed = callOf({ messages, stream: true });
const unstreamed = callOf({ messages });
const sse = { "content-type": "text/event-stream; charset=utf-8", "x-request-id": "up-1" };
const text = 'data: {"id":"1","model":"real","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n';
const finish = 'data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const done = "data: [DONE]\n\n";
const whole = '{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}';

const answerWith = (content: string): string =>
  JSON.stringify({
    id: "1",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  });

describe("what is sent", () => {
  test("the caller's bytes with model and usage patched, our key, and only the given headers", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [text, finish, done] });
    const headers = { "openai-beta": "b", authorization: "theirs", "anthropic-beta": "x" };
    const call = callOf({ messages, stream: true, vendor: 1 }, "openai-chat", { headers });
    await provider(http, { organization: "org-1" }).call(call);
    const [sent] = http.requests;
    expect(sent?.url).toBe("https://api.example.com/v1/chat/completions?api-version=2026-01-01");
    expect(sent?.headers).toEqual({
      "openai-beta": "b",
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: "Bearer sk-1",
      "openai-organization": "org-1",
    });
    expect(decoder.decode(sent?.body)).toBe(
      '{"model":"real","messages":[{"role":"user","content":"hi"}],"stream":true,"vendor":1,"stream_options":{"include_usage":true}}',
    );
    expect(sent?.limits).toEqual({
      connectTimeoutMs: 1,
      headTimeoutMs: 3,
      idleTimeoutMs: 2,
      maxBodyBytes: Number.POSITIVE_INFINITY,
    });
  });

  test("an unstreamed call is bounded and not asked for stream usage; a bare key header carries the bare key", async () => {
    const http = new ScriptedHttp({ chunks: [whole] });
    await provider(http, { authHeader: "Api-Key" }).call(unstreamed);
    expect(http.requests[0]?.headers["api-key"]).toBe("sk-1");
    expect(http.requests[0]?.headers["authorization"]).toBeUndefined();
    expect(decoder.decode(http.requests[0]?.body)).not.toContain("stream_options");
    expect(http.requests[0]?.limits.maxBodyBytes).toBe(2000);
  });

  test("embeddings go to their own path", async () => {
    const body = '{"data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":2,"total_tokens":2}}';
    const http = new ScriptedHttp({ chunks: [body] });
    const reply = await provider(http).call(callOf({ input: "a" }, "openai-embeddings"));
    const [piece] = await collect(reply.pieces);
    expect(http.requests[0]?.url).toBe("https://api.example.com/v1/embeddings?api-version=2026-01-01");
    expect(piece?.events).toContainEqual({ type: "embedding", index: 0, vector: [1] });
    expect(decoder.decode(piece?.raw)).toBe(body);
  });

  test("F97 a base URL that is none, is of another kind or carries credentials is a configuration error", () => {
    for (const baseUrl of ["", "api.example.com", "ftp://x/", "file:///etc/passwd", "gopher://x/", "https://u:p@x/"]) {
      expect(() => provider(new ScriptedHttp(), { baseUrl })).toThrow("base_url");
    }
  });

  test("a server that knows no stream_options is not asked for usage", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [text, finish, done] });
    await provider(http, { dialect: { ...plainDialect, streamOptions: false } }).call(streamed);
    expect(http.sent.body).not.toContain("stream_options");
  });
});

describe("what comes back", () => {
  test("a stream is handed on chunk by chunk, only as it is pulled", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [text, text, finish + done] });
    const reply = await provider(http).call(streamed);
    expect(reply).toMatchObject({ rawProtocol: "openai-chat", upstreamRequestId: "up-1" });
    expect(http.pulled).toBe(0);
    const first = await reply.pieces.next();
    expect(first.value).toMatchObject({ events: [{ type: "start" }, { type: "text", text: "a" }] });
    expect(http.pulled).toBe(1);
    const rest = await collect(reply.pieces);
    expect(rest.flatMap((piece) => piece.events).at(-1)).toEqual({ type: "end" });
    expect(http.ended).toBe(true);
  });

  test("what a provider says of its limits is read where it is of use, and only there", async () => {
    const headers = { ...sse, "x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "6m0s" };
    const http = () => new ScriptedHttp({ headers, chunks: [text, finish, done] });
    const { limits } = await provider(http(), { readLimits: true }).call(streamed);
    expect(limits).toEqual({ requests: { remaining: 7, resetInUs: 360_000_000 } });
    expect((await provider(http()).call(streamed)).limits).toBeUndefined();
  });

  test("T-44 returning early closes the connection", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [text, text, text] });
    const reply = await provider(http).call(streamed);
    await reply.pieces.next();
    await reply.pieces.return();
    expect(http).toMatchObject({ closed: true, ended: false, pulled: 1 });
  });

  test("pitfall 28: a stop text that the gateway looks for ends the answer and closes the connection at once", async () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n';
    const http = new ScriptedHttp({
      headers: sse,
      chunks: [text, text.replace('"a"', '"b|c"'), text, finish, usage, done],
    });
    const dialect = { ...plainDialect, lacks: ["stop"] as const };
    const call = { ...callOf({ messages, stream: true, stop: "|" }), translate: true };
    const pieces = await collect((await provider(http, { dialect }).call(call)).pieces);
    expect(http.sent.body).not.toContain('"stop"');
    expect(pieces.flatMap(({ events }) => events).slice(1)).toEqual([
      { type: "text", choice: 0, text: "a" },
      { type: "text", choice: 0, text: "b" },
      { type: "finish", choice: 0, reason: "stop", raw: "stop", stopSequence: "|" },
      { type: "end" },
    ]);
    expect(http).toMatchObject({ closed: true, ended: false, pulled: 2 });
    const whole = new ScriptedHttp({ chunks: [answerWith("a|b")] });
    const unstreamedCall = { ...callOf({ messages, stop: "|" }), translate: true };
    const [piece] = await collect((await provider(whole, { dialect }).call(unstreamedCall)).pieces);
    expect(piece?.events.map(({ type }) => type)).toEqual(["start", "text", "finish", "usage", "end"]);
  });

  test("the connection is read to its end even if nobody pulls after the last piece", async () => {
    const http = new ScriptedHttp({ headers: sse, chunks: [text + finish + done] });
    const reply = await provider(http).call(streamed);
    await reply.pieces.next();
    await reply.pieces.return();
    expect(http.ended).toBe(true);
  });

  test("an end that comes in a packet of its own keeps the connection, one that never comes loses it in a second", async () => {
    const limits = { connectTimeoutMs: 5000, streamIdleTimeoutMs: 5000, maxAnswerBytes: 2000 };
    for (const ends of [true, false]) {
      const { clock, client, sockets } = world();
      const baseUrl = "http://a.example/v1";
      const opening = provider(client, { baseUrl, clock, limits }).call({ ...streamed, headTimeoutMs: 5000 });
      const socket = socketAt(sockets, 0);
      const frames = text + finish + done;
      socket.says("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.says(`${frames.length.toString(16)}\r\n${frames}\r\n`);
      expect(await collect((await opening).pieces)).toHaveLength(1);
      expect([socket.closedBy, client.idleConnections]).toEqual([undefined, 0]);
      if (ends) socket.says("0\r\n\r\n");
      else clock.advance(1000);
      expect([socket.closedBy, client.idleConnections]).toEqual(ends ? [undefined, 1] : ["terminate", 0]);
    }
  });

  test("usage that only we asked for is not among the bytes", async () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n';
    const bytes = async (call: ProviderCall) => {
      const http = new ScriptedHttp({ headers: sse, chunks: [text + finish + usage + done] });
      const pieces = await collect((await provider(http).call(call)).pieces);
      return pieces.map((piece) => decoder.decode(piece.raw)).join("");
    };
    expect(await bytes(streamed)).toBe(text + finish + done);
    const wanting = callOf({ messages, stream: true, stream_options: { include_usage: true } });
    expect(await bytes(wanting)).toBe(text + finish + usage + done);
  });

  test("a body in place of a stream, and a stream in place of a body, keep their meaning and lose their bytes", async () => {
    const asBody = await provider(new ScriptedHttp({ chunks: [whole] })).call(streamed);
    const asStream = await provider(new ScriptedHttp({ headers: sse, chunks: [text, finish, done] })).call(unstreamed);
    for (const reply of [asBody, asStream]) {
      expect(reply.rawProtocol).toBeUndefined();
      const [piece] = await collect(reply.pieces);
      expect(piece?.raw).toBeUndefined();
      expect(piece?.events.map((event) => event.type)).toEqual(["start", "text", "finish", "end"]);
    }
  });

  test("content of an unknown kind is refused where it would lose its bytes, never dropped", async () => {
    const message = { role: "assistant", content: "hi", audio: { id: "a", data: "AAAA" } };
    const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }] });
    expect((await failure(new ScriptedHttp({ chunks: [body] }), streamed)).code).toBe("upstream_bad_response");
    const carried = await provider(new ScriptedHttp({ chunks: [body] })).call(unstreamed);
    expect((await collect(carried.pieces)).map((piece) => decoder.decode(piece.raw))).toEqual([body]);
  });

  test("F34 F35 a stream that breaks or stops is an error, never a clean end", async () => {
    const reset = new GatewayError("upstream_truncated", "reset");
    const broken = new ScriptedHttp({ headers: sse, chunks: [text], failure: reset });
    expect((await failure(broken, streamed)).message).toBe("reset");
    expect((await failure(new ScriptedHttp({ headers: sse, chunks: [text] }), streamed)).code).toBe(
      "upstream_truncated",
    );
  });

  test("F36 F37 F42 cut JSON, a login page and a huge body are errors, and the connection is closed", async () => {
    expect((await failure(new ScriptedHttp({ chunks: [whole.slice(0, 40)] }), unstreamed)).code).toBe(
      "upstream_bad_response",
    );
    const page = new ScriptedHttp({ headers: { "content-type": "text/html" }, chunks: ["<html>"] });
    expect((await failure(page, streamed)).code).toBe("upstream_bad_response");
    const huge = new ScriptedHttp({ chunks: ["x".repeat(1500), "x".repeat(1500), "x"] });
    expect((await failure(huge, unstreamed)).code).toBe("upstream_too_large");
    expect(huge).toMatchObject({ closed: true, pulled: 2 });
  });

  test("F44 a redirect is an error and is not followed", async () => {
    const http = new ScriptedHttp({ status: 307, headers: { location: "http://169.254.169.254/" } });
    expect((await failure(http, unstreamed)).code).toBe("upstream_redirect");
    expect(http.requests).toHaveLength(1);
  });

  test("a refusal carries the provider's words and wait", async () => {
    const headers = { "content-type": "application/json", "retry-after": "2" };
    const error = await failure(new ScriptedHttp({ status: 429, headers, chunks: ['{"error":{}}'] }), streamed);
    expect(error).toMatchObject({ code: "upstream_rate_limited", retryAfterMs: 2000, upstream: { status: 429 } });
  });

  test("a refusal whose body breaks off or never ends is judged by its status", async () => {
    const cut = new ScriptedHttp({
      status: 503,
      chunks: ["{"],
      failure: new GatewayError("upstream_truncated", "cut"),
    });
    expect((await failure(cut, unstreamed)).code).toBe("upstream_overloaded");
    const endless = new ScriptedHttp({ status: 500, chunks: Array.from({ length: 100 }, () => "x".repeat(10_000)) });
    expect((await failure(endless, unstreamed)).code).toBe("upstream_error");
    expect(endless.pulled).toBeLessThan(10);
  });
});
