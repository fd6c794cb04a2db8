import { describe, expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { Secret } from "#core/secret.ts";
import { bedrockChunk, bedrockException } from "#integrations/providers/anthropic/aws-event-stream.test-data.ts";
import { type AnthropicOptions, createAnthropicProvider } from "#integrations/providers/anthropic/provider.ts";
import {
  callOf,
  collect,
  failure,
  partsWith,
  type Script,
  ScriptedHttp,
} from "#integrations/providers/scripted-http.test-data.ts";

function provider(http: ScriptedHttp, more: Partial<AnthropicOptions>) {
  const parts = { ...partsWith(http), authHeader: "authorization", query: {}, digest: pureDigest };
  return createAnthropicProvider({ ...parts, ...more });
}

const bedrock = {
  cloud: {
    variant: "bedrock",
    region: "eu-west-1",
    keys: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: new Secret("s"), sessionToken: new Secret("t") },
  },
} as const;
const vertex = {
  cloud: { variant: "vertex", project: "my-project", region: "europe-west4" },
  apiKey: new Secret("ya29"),
} as const;

const fields = { max_tokens: 9, messages: [{ role: "user", content: "é" }] };
const call = callOf(fields, "anthropic-messages", {
  model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
  headers: { "anthropic-beta": "a, b", "anthropic-version": "2023-06-01" },
});
const streamed = callOf({ ...fields, stream: true }, "anthropic-messages", { model: "anthropic.claude-x" });
const message = { id: "msg_1", type: "message", role: "assistant", model: "m", content: [], stop_reason: null };
const whole = JSON.stringify({
  ...message,
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 1 },
});
const events = [
  { type: "message_start", message: { ...message, usage: { input_tokens: 1, output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi 🦊" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 1 } },
];
const eventStream = { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-1" };

describe("Bedrock", () => {
  test("is asked with the model in the path, version and betas in the body, and a signature", async () => {
    const http = new ScriptedHttp({ chunks: [whole] });
    await provider(http, bedrock).call(call);
    expect(http.sent.url).toBe(
      "https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke",
    );
    expect(http.sent.body).toBe(
      '{"max_tokens":9,"messages":[{"role":"user","content":"é"}],"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a","b"]}',
    );
    expect(http.sent.headers).toEqual({
      "content-type": "application/json",
      accept: "application/json",
      "x-amz-date": expect.stringMatching(/^\d{8}T\d{6}Z$/),
      "x-amz-security-token": "t",
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token, Signature=[\da-f]{64}$/,
      ),
    });
  });

  test("takes an API key of its own in place of an access key, and another address", async () => {
    const http = new ScriptedHttp({ chunks: [whole] });
    const cloud = { variant: "bedrock", region: "cn-north-1" } as const;
    await provider(http, { cloud, apiKey: new Secret("bk"), baseUrl: "http://127.0.0.1:9/b" }).call(call);
    expect(http.sent.url).toStartWith("http://127.0.0.1:9/b/model/");
    expect(http.sent.headers["authorization"]).toBe("Bearer bk");
  });

  test("streams in its own framing reach the caller as Anthropic's events", async () => {
    const http = new ScriptedHttp({ headers: eventStream, chunks: events.map(bedrockChunk) });
    const reply = await provider(http, bedrock).call(streamed);
    expect(http.sent.url).toEndWith("/model/anthropic.claude-x/invoke-with-response-stream");
    expect(http.sent.body).not.toContain('"stream"');
    expect(http.sent.headers["accept"]).toBe("application/vnd.amazon.eventstream");
    expect(reply).toMatchObject({ rawProtocol: "anthropic-messages", upstreamRequestId: "aws-1" });
    const pieces = await collect(reply.pieces);
    const text = pieces.map(({ raw }) => new TextDecoder().decode(raw)).join("");
    expect(text).toBe(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
    expect(pieces.flatMap((piece) => piece.events)).toContainEqual({ type: "text", choice: 0, text: "hi 🦊" });
    expect(http.ended).toBe(true);
  });

  test("pitfall 57 a stream that breaks off, or fails inside, is no end", async () => {
    const cut = new ScriptedHttp({ headers: eventStream, chunks: events.slice(0, 3).map(bedrockChunk) });
    expect((await failure(provider(cut, bedrock), streamed)).code).toBe("upstream_truncated");
    const chunks = [...events.slice(0, 3).map(bedrockChunk), bedrockException("throttlingException", "Too fast")];
    const throttled = new ScriptedHttp({ headers: eventStream, chunks });
    const pieces = await collect((await provider(throttled, bedrock).call(streamed)).pieces);
    const last = pieces.at(-1)?.events.at(-1);
    expect(last).toMatchObject({ type: "error", error: { code: "upstream_rate_limited" } });
    const garbled = new ScriptedHttp({ headers: eventStream, chunks: ["<html>this is no event stream</html>"] });
    expect((await failure(provider(garbled, bedrock), streamed)).code).toBe("upstream_bad_response");
    expect(garbled.closed).toBe(true);
  });

  test.each([
    [429, "ThrottlingException:http://x/", "upstream_rate_limited"],
    [503, "ServiceUnavailableException", "upstream_overloaded"],
    [403, "AccessDeniedException", "upstream_auth"],
    [400, "ValidationException", "upstream_rejected"],
  ] as const)("pitfall 72 its refusal %d %s is read as %s, in Anthropic's envelope", async (status, type, code) => {
    const headers = { "content-type": "application/json", "x-amzn-errortype": type };
    const http = new ScriptedHttp({ status, headers, chunks: ['{"message":"Said by AWS"}'] });
    const error = await failure(provider(http, bedrock), call);
    expect(error.code).toBe(code);
    if (error.upstream === undefined) return;
    expect(error.upstream).toMatchObject({ status, family: "anthropic", message: "Said by AWS" });
    expect(JSON.parse(new TextDecoder().decode(error.upstream.body))).toMatchObject({ type: "error" });
  });

  test("counts no tokens, and takes pictures as bytes alone", () => {
    const claude = provider(new ScriptedHttp(), bedrock);
    expect(claude.speaks("anthropic-count-tokens", "m")).toBeUndefined();
    expect(claude.speaks("openai-chat", "m")).toBe("anthropic-messages");
    expect(claude.needsBytes("anthropic-messages", "image")).toBe(true);
  });
});

describe("Vertex", () => {
  const sent = async (asked: typeof call, script: Script, more: Partial<AnthropicOptions> = vertex) => {
    const http = new ScriptedHttp(script);
    await provider(http, more).call(asked);
    return http.sent;
  };
  const place = "/v1/projects/my-project/locations/europe-west4/publishers/anthropic/models/";

  test("is asked with the model in the path, the version in the body, betas in the header, and a bearer token", async () => {
    const { url, headers, body } = await sent({ ...call, model: "claude-sonnet-4-5@20250929" }, { chunks: [whole] });
    expect(url).toBe(`https://europe-west4-aiplatform.googleapis.com${place}claude-sonnet-4-5%4020250929:rawPredict`);
    expect(headers).toEqual({
      "anthropic-beta": "a, b",
      "content-type": "application/json",
      accept: "application/json",
      authorization: "Bearer ya29",
    });
    expect(JSON.parse(body)).toEqual({ ...fields, anthropic_version: "vertex-2023-10-16" });
  });

  test("streams and counts at addresses of their own", async () => {
    const sse = { headers: { "content-type": "text/event-stream" } };
    expect((await sent(streamed, sse)).url).toEndWith(`${place}anthropic.claude-x:streamRawPredict`);
    const counting = callOf({ messages: fields.messages }, "anthropic-count-tokens");
    const counted = await sent(counting, { chunks: ['{"input_tokens":1}'] });
    expect(counted.url).toEndWith(`${place}count-tokens:rawPredict`);
    expect(JSON.parse(counted.body)).toMatchObject({ model: "real" });
  });

  test.each([
    ["global", "https://aiplatform.googleapis.com/v1/projects/"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/"],
    ["us-east5", "https://us-east5-aiplatform.googleapis.com/v1/projects/"],
  ])("the region %s is at %s", async (region, start) => {
    const cloud = { ...vertex.cloud, region };
    expect((await sent(call, { chunks: [whole] }, { ...vertex, cloud })).url).toStartWith(start);
  });
});
