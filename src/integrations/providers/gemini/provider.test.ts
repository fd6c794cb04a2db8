import { describe, expect, test } from "bun:test";
import { Secret } from "#core/secret.ts";
import { createGeminiProvider, type GeminiOptions } from "#integrations/providers/gemini/provider.ts";
import { callOf, collect, partsWith, ScriptedHttp } from "#integrations/providers/scripted-http.test-data.ts";

function provider(http: ScriptedHttp = new ScriptedHttp(), more: Partial<GeminiOptions> = {}) {
  const apiKey = new Secret("AIza");
  return createGeminiProvider({ ...partsWith(http), apiKey, authHeader: "x-goog-api-key", query: {}, ...more });
}

const contents = [{ role: "user", parts: [{ text: "hi" }] }];
const answer = JSON.stringify({
  candidates: [{ content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
});
const host = "https://generativelanguage.googleapis.com/v1beta";
const embedding = { content: { parts: [{ text: "hi" }] } };

describe("a caller of Gemini's protocol", () => {
  test("has its bytes forwarded to the method it calls, the model in the path, the key in its header", async () => {
    const http = new ScriptedHttp({ chunks: [answer] });
    const headers = { "x-goog-api-key": "theirs", authorization: "theirs" };
    const fields = { contents, generation_config: { unheardOf: 1 } };
    const address = { model: "alias", stream: false };
    const reply = await provider(http).call(callOf(fields, "gemini-generate", { headers, address }));
    expect(http.sent.url).toBe(`${host}/models/real:generateContent`);
    expect(http.sent.body).toContain('"generation_config":{"unheardOf":1}');
    expect(http.sent.headers).toEqual({
      "content-type": "application/json",
      accept: "application/json",
      "x-goog-api-key": "AIza",
    });
    expect(reply.rawProtocol).toBe("gemini-generate");
    expect(new TextDecoder().decode((await collect(reply.pieces))[0]?.raw)).toBe(answer);
  });

  test("streams as server-sent events, counts and embeds, one text or several", async () => {
    const urlOf = async (...asked: Parameters<typeof callOf>) => {
      const stream = asked[2]?.address?.stream === true;
      const http = new ScriptedHttp({
        chunks: [stream ? `data: ${answer}\r\n\r\n` : "{}"],
        headers: { "content-type": stream ? "text/event-stream" : "application/json" },
      });
      await provider(http).call(callOf(...asked));
      return http.sent.url.slice(host.length);
    };
    const address = { model: "alias" };
    expect(await urlOf({ contents }, "gemini-generate", { address: { ...address, stream: true } })).toBe(
      "/models/real:streamGenerateContent?alt=sse",
    );
    expect(await urlOf({ contents }, "gemini-count-tokens", { address })).toBe("/models/real:countTokens");
    expect(await urlOf(embedding, "gemini-embeddings", { address })).toBe("/models/real:embedContent");
    const requests = [{ ...embedding, model: "models/alias" }];
    expect(await urlOf({ requests }, "gemini-embeddings", { address })).toBe("/models/real:batchEmbedContents");
  });
});

test("a caller of another protocol is written anew; several texts are embedded in one batch", async () => {
  const http = new ScriptedHttp({ chunks: [answer] });
  const messages = [{ role: "user", content: "hi" }];
  const reply = await provider(http).call(callOf({ messages }, "openai-chat", { upstreamProtocol: "gemini-generate" }));
  expect(JSON.parse(http.sent.body)).toMatchObject({ contents });
  const events = (await collect(reply.pieces)).flatMap((piece) => piece.events);
  expect(events).toContainEqual({ type: "text", choice: 0, text: "hello" });
  const embeds = new ScriptedHttp({ chunks: ['{"embeddings":[{"values":[1]},{"values":[2]}]}'] });
  const asked = callOf({ input: ["a", "b"] }, "openai-embeddings", { upstreamProtocol: "gemini-embeddings" });
  const vectors = (await collect((await provider(embeds).call(asked)).pieces)).flatMap((piece) => piece.events);
  expect(embeds.sent.url).toEndWith(":batchEmbedContents");
  expect(vectors).toContainEqual({ type: "embedding", index: 1, vector: [2] });
});

test.each([
  ["https://a.example", "real", "https://a.example/v1beta/models/real:generateContent"],
  ["https://a.example/v1/", "real", "https://a.example/v1/models/real:generateContent"],
  ["https://a.example/gemini/v1beta", "real", "https://a.example/gemini/v1beta/models/real:generateContent"],
  ["https://a.example", "models/real", "https://a.example/v1beta/models/real:generateContent"],
  ["https://a.example", "tunedModels/x", "https://a.example/v1beta/tunedModels/x:generateContent"],
  ["https://a.example", "a/b:c?d", "https://a.example/v1beta/models/a/b%3Ac%3Fd:generateContent"],
])("base URL %s and model %s lead to %s", async (baseUrl, model, url) => {
  const http = new ScriptedHttp({ chunks: [answer] });
  const call = callOf({ contents }, "gemini-generate", { model, address: { model: "alias" } });
  await provider(http, { baseUrl, authHeader: "authorization" }).call(call);
  expect(http.sent.url).toBe(url);
  expect(http.sent.headers["authorization"]).toBe("Bearer AIza");
});

test("it answers every chat caller in its own protocol, counts and embeds for all, and wants bytes (pitfall 24)", () => {
  for (const protocol of ["gemini-generate", "openai-chat", "openai-responses", "anthropic-messages"] as const) {
    expect(provider().speaks(protocol, "m")).toBe("gemini-generate");
  }
  expect(provider().speaks("anthropic-count-tokens", "m")).toBe("gemini-count-tokens");
  expect(provider().speaks("openai-embeddings", "m")).toBe("gemini-embeddings");
  expect(provider().speaks("openai-completions", "m")).toBeUndefined();
  expect(provider().needsBytes("gemini-generate", "image")).toBe(true);
});

test("Vertex has the same models at its own address, for a bearer token, without embeddings", async () => {
  const cloud = { variant: "vertex", project: "my-project", region: "us-central1" } as const;
  const http = new ScriptedHttp({
    headers: { "content-type": "text/event-stream" },
    chunks: [`data: ${answer}\r\n\r\n`],
  });
  const asked = callOf({ contents }, "gemini-generate", {
    address: { model: "alias", stream: true },
    model: "gemini-3-pro",
  });
  await provider(http, { cloud, apiKey: new Secret("ya29") }).call(asked);
  expect(http.sent.url).toBe(
    "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1/publishers/google/models/gemini-3-pro:streamGenerateContent?alt=sse",
  );
  expect(http.sent.headers["authorization"]).toBe("Bearer ya29");
  const counting = new ScriptedHttp({ chunks: ['{"totalTokens":3}'] });
  const asking = callOf({ messages: [{ role: "user", content: "hi" }] }, "anthropic-count-tokens", {
    upstreamProtocol: "gemini-count-tokens",
    model: "gemini-3-pro",
  });
  await provider(counting, { cloud }).call(asking);
  expect(counting.sent.url).toEndWith("/publishers/google/models/gemini-3-pro:countTokens");
  expect(JSON.parse(counting.sent.body)).toEqual({ contents });
  expect(provider(http, { cloud }).speaks("openai-embeddings", "m")).toBeUndefined();
  expect(provider(http, { cloud }).speaks("anthropic-count-tokens", "m")).toBe("gemini-count-tokens");
});
