import { describe, expect, test } from "bun:test";
import { Secret } from "#core/secret.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { createOpenAiProvider, type OpenAiOptions } from "#integrations/providers/openai/provider.ts";
import { callOf, partsWith, ScriptedHttp } from "#integrations/providers/scripted-http.test-data.ts";

function provider(http: ScriptedHttp = new ScriptedHttp(), more: Partial<OpenAiOptions> = {}) {
  const apiKey = new Secret("sk-1");
  return createOpenAiProvider({ ...partsWith(http), apiKey, authHeader: "authorization", query: {}, ...more });
}

const bodies: readonly (readonly [Protocol, object, string])[] = [
  ["openai-chat", { messages: [{ role: "user", content: "hi" }] }, "/chat/completions"],
  ["openai-responses", { input: "hi" }, "/responses"],
  ["openai-completions", { prompt: "hi" }, "/completions"],
  ["openai-embeddings", { input: "hi" }, "/embeddings"],
  ["openai-count-tokens", { input: "hi" }, "/responses/input_tokens"],
];

test("every protocol of OpenAI's goes to its own path, with a bearer token and the organization", async () => {
  for (const [protocol, fields, path] of bodies) {
    const http = new ScriptedHttp({ chunks: ["{}"] });
    const reply = await provider(http, { organization: "org-1" }).call(callOf(fields, protocol));
    expect(http.sent.url).toBe(`https://api.openai.com/v1${path}`);
    expect(http.sent.headers).toMatchObject({ authorization: "Bearer sk-1", "openai-organization": "org-1" });
    expect(JSON.parse(http.sent.body)).toEqual({ ...fields, model: "real" });
    expect(reply.rawProtocol).toBe(protocol);
  }
});

test.each([
  ["https://proxy.example", "https://proxy.example/v1/chat/completions"],
  ["https://proxy.example/", "https://proxy.example/v1/chat/completions"],
  ["https://proxy.example/v1/", "https://proxy.example/v1/chat/completions"],
  ["https://proxy.example/openai", "https://proxy.example/openai/chat/completions"],
])("base URL %s leads to %s", async (baseUrl, url) => {
  const http = new ScriptedHttp({ chunks: ["{}"] });
  await provider(http, { baseUrl }).call(callOf({ messages: [{ role: "user", content: "hi" }] }));
  expect(http.sent.url).toBe(url);
});

describe("what it speaks", () => {
  test("is the caller's own protocol", () => {
    for (const [protocol] of bodies) expect(provider().speaks(protocol, "m")).toBe(protocol);
  });

  test("is Responses for chat callers of a model whose tools chat completions refuse, unless api settles it", () => {
    expect(provider().speaks("openai-chat", "responses-tools")).toBe("openai-responses");
    expect(provider(undefined, { api: "chat" }).speaks("openai-chat", "responses-tools")).toBe("openai-chat");
  });

  test("is one of its two APIs for every chat caller, the other's too, when api settles it", () => {
    for (const protocol of ["openai-chat", "openai-responses", "anthropic-messages"] as const) {
      expect(provider(undefined, { api: "chat" }).speaks(protocol, "responses-model")).toBe("openai-chat");
      expect(provider(undefined, { api: "responses" }).speaks(protocol, "plain")).toBe("openai-responses");
    }
    expect(provider(undefined, { api: "responses" }).speaks("openai-completions", "m")).toBe("openai-completions");
  });

  test("is what suits the model for callers of other families", () => {
    for (const protocol of ["anthropic-messages", "gemini-generate"] as const) {
      expect(provider().speaks(protocol, "plain")).toBe("openai-chat");
      expect(provider().speaks(protocol, "responses-model")).toBe("openai-responses");
    }
    expect(provider().speaks("anthropic-count-tokens", "m")).toBe("openai-count-tokens");
    expect(provider().speaks("gemini-count-tokens", "m")).toBe("openai-count-tokens");
    expect(provider().speaks("gemini-embeddings", "m")).toBe("openai-embeddings");
    expect(provider().needsBytes("openai-chat", "image")).toBe(false);
  });
});
