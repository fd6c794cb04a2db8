import { expect, test } from "bun:test";
import { serverPreset, type ServerPresetName, serverPresetNames } from "#core/catalog/server-preset.ts";
import { Secret } from "#core/secret.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import {
  createOpenAiCompatibleProvider,
  type OpenAiCompatibleOptions,
} from "#integrations/providers/openai-compatible/provider.ts";
import { callOf, partsWith, ScriptedHttp } from "#integrations/providers/scripted-http.test-data.ts";

function provider(more: Partial<OpenAiCompatibleOptions> = {}, http: ScriptedHttp = new ScriptedHttp()) {
  const said = { baseUrl: "http://127.0.0.1:1/v1", authHeader: "authorization", query: {}, dialect: plainDialect };
  return createOpenAiCompatibleProvider({ ...partsWith(http), ...said, ...more });
}

test("it chats, completes and embeds; Responses only when it is said to have them", () => {
  for (const protocol of ["openai-chat", "openai-completions", "openai-embeddings"] as const) {
    expect(provider().speaks(protocol, "m")).toBe(protocol);
  }
  for (const protocol of ["openai-responses", "anthropic-messages", "gemini-generate"] as const) {
    expect(provider().speaks(protocol, "m")).toBe("openai-chat");
    expect(provider({ api: "responses" }).speaks(protocol, "m")).toBe("openai-responses");
  }
  expect(provider({ api: "responses" }).speaks("openai-chat", "m")).toBe("openai-chat");
  expect(provider().speaks("gemini-embeddings", "m")).toBe("openai-embeddings");
  expect(provider().speaks("openai-count-tokens", "m")).toBeUndefined();
  expect(provider().speaks("anthropic-count-tokens", "m")).toBeUndefined();
});

test("pictures are fetched for a server that takes none by URL, documents wherever chat completions are spoken", () => {
  expect(provider().needsBytes("openai-chat", "file")).toBe(true);
  expect(provider().needsBytes("openai-responses", "file")).toBe(false);
  expect(provider().needsBytes("openai-chat", "image")).toBe(false);
  expect(provider({ dialect: serverPreset("ollama").dialect }).needsBytes("openai-chat", "image")).toBe(true);
});

const messages = [{ role: "user", content: "hi" }];

test.each([
  ["https://r.openai.azure.com/openai/v1", {}, "https://r.openai.azure.com/openai/v1/chat/completions"],
  [
    "https://r.openai.azure.com/openai/deployments/gpt-mine/",
    { "api-version": "2024-10-21" },
    "https://r.openai.azure.com/openai/deployments/gpt-mine/chat/completions?api-version=2024-10-21",
  ],
  ["http://127.0.0.1:11434/v1/", {}, "http://127.0.0.1:11434/v1/chat/completions"],
  ["https://openrouter.ai/api/v1", {}, "https://openrouter.ai/api/v1/chat/completions"],
  [
    "https://generativelanguage.googleapis.com/v1beta/openai/",
    {},
    "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
  ],
  ["https://proxy.example", {}, "https://proxy.example/chat/completions"],
])("a base URL stands as it is, version or none: %s", async (baseUrl, query, url) => {
  const http = new ScriptedHttp({ chunks: ["{}"] });
  await provider({ baseUrl, query }, http).call(callOf({ messages }));
  expect(http.sent.url).toBe(url);
});

test("each of its APIs has its own path behind the base URL, Azure's key its own header", async () => {
  const baseUrl = "https://r.openai.azure.com/openai/v1";
  const { dialect, authHeader = "authorization" } = serverPreset("azure");
  const sentTo = async (...asked: Parameters<typeof callOf>) => {
    const http = new ScriptedHttp({ chunks: ["{}"] });
    const said = { baseUrl, dialect, authHeader, apiKey: new Secret("k"), api: "responses" as const };
    await provider(said, http).call(callOf(...asked));
    expect(http.sent.headers).toMatchObject({ "api-key": "k" });
    expect(http.sent.headers).not.toHaveProperty("authorization");
    return http.sent.url.slice(baseUrl.length);
  };
  expect(await sentTo({ input: "hi" }, "openai-responses")).toBe("/responses");
  expect(await sentTo({ prompt: "hi" }, "openai-completions")).toBe("/completions");
  expect(await sentTo({ input: "hi" }, "openai-embeddings")).toBe("/embeddings");
});

test("usage is asked for in streams alone, of servers that know the wish, whoever calls", async () => {
  const wish = async (preset: ServerPresetName, stream: boolean, caller: Protocol): Promise<unknown> => {
    const http = new ScriptedHttp({ headers: { "content-type": stream ? "text/event-stream" : "application/json" } });
    const fields = { messages, stream, ...(caller === "anthropic-messages" ? { max_tokens: 5 } : {}) };
    const call = callOf(fields, caller, { upstreamProtocol: "openai-chat" });
    await provider({ dialect: serverPreset(preset).dialect }, http).call(call);
    return JSON.parse(http.sent.body).stream_options;
  };
  for (const caller of ["openai-chat", "anthropic-messages"] as const) {
    expect(await wish("ollama", true, caller)).toEqual({ include_usage: true });
    expect(await wish("ollama", false, caller)).toBeUndefined();
    expect(await wish("mistral", true, caller)).toBeUndefined();
  }
});

test("every preset is whole: a dialect in which a call can be written, and an address that can be called", async () => {
  for (const name of serverPresetNames) {
    const { baseUrl = "http://127.0.0.1:1/v1", dialect, authHeader = "authorization" } = serverPreset(name);
    const http = new ScriptedHttp({ headers: { "content-type": "text/event-stream" } });
    const call = callOf({ messages, stream: true });
    await provider({ baseUrl, dialect, authHeader }, http).call(call);
    expect(http.sent.url).toBe(`${baseUrl}/chat/completions`);
    expect([name, http.sent.body.includes("stream_options")]).toEqual([name, dialect.streamOptions]);
  }
});
