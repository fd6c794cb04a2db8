/** The fake providers are what the official clients expect of the real ones: here they talk without a gateway between. */
import { describe, expect, test } from "bun:test";
import { anthropic } from "../clients/drivers/anthropic.ts";
import type { ClientMaker } from "../clients/drivers/client-driver.ts";
import { aiSdk } from "../clients/drivers/ai-sdk.ts";
import { googleGenAi } from "../clients/drivers/google-genai.ts";
import { langChain } from "../clients/drivers/langchain.ts";
import { openAiChat } from "../clients/drivers/openai-chat.ts";
import { openAiResponses } from "../clients/drivers/openai-responses.ts";
import { fourProviders } from "./four-providers.ts";
import { rejectionOf } from "./rejection-of.ts";
import { scriptedUsage } from "./scripted-answer.ts";

const clients: readonly (readonly [string, string, ClientMaker])[] = [
  ["openai", "chat-model", openAiChat],
  ["openai", "responses-model", openAiResponses],
  ["@anthropic-ai/sdk", "anthropic-model", anthropic],
  ["@google/genai", "gemini-model", googleGenAi],
  ["AI SDK", "chat-model", made(aiSdk, "chat completions")],
  ["AI SDK for OpenAI", "chat-model", made(aiSdk, "OpenAI chat")],
  ["AI SDK", "responses-model", made(aiSdk, "Responses")],
  ["AI SDK", "anthropic-model", made(aiSdk, "Messages")],
  ["AI SDK", "gemini-model", made(aiSdk, "Gemini")],
  ["LangChain", "chat-model", made(langChain, "chat completions")],
  ["LangChain", "responses-model", made(langChain, "Responses")],
  ["LangChain", "anthropic-model", made(langChain, "Messages")],
  ["LangChain", "gemini-model", made(langChain, "Gemini")],
];

function made(makers: Readonly<Record<string, ClientMaker>>, name: string): ClientMaker {
  const maker = makers[name];
  if (maker === undefined) throw new Error(`no client ${name}`);
  return maker;
}

const thinking = { text: "Let me look.", token: "dG9rZW4=" };

describe.each([...clients])("%s at %s", (_, model, make) => {
  test.each([false, true])("a conversation, streamed: %p", async (streamed) => {
    using providers = fourProviders();
    const provider = providers.of(model);
    const client = make(provider.upstream.origin, "any-key");
    const question = { model, text: "Weather?", streamed };

    provider.holds([{ thinking, text: "It rains cats." }]);
    const told = await client.ask(question);
    expect(told.text).toBe("It rains cats.");
    expect(told.usage?.input).toBe(scriptedUsage.input);
    if (streamed) expect(told.pieces).toBeGreaterThan(1);

    const calls = ["Oslo", "Rome"].map((city) => ({
      id: `call_${city}`,
      name: "weather",
      input: `{"city":"${city}"}`,
    }));
    provider.holds([{ thinking, text: "Well.", calls }, { text: "Done." }]);
    const cities: string[] = [];
    const end = await client.work(question, (city) => `${cities.push(city)} in ${city}`);
    expect([end.text, ...cities]).toEqual(["Done.", "Oslo", "Rome"]);
    expect(provider.calls.map(provider.speech.turns).at(-1)).toBe(1);
    expect(provider.calls.map(provider.speech.tools).at(-1)).toEqual(["weather"]);
    const results = provider.calls.flatMap(provider.speech.results).map((result) => result.text);
    expect(results).toEqual([expect.stringContaining("1 in Oslo"), expect.stringContaining("2 in Rome")]);

    provider.holds([{ script: provider.speech.failure(429, "Slow down.") }]);
    expect(client.isRateLimit(await rejectionOf(client.ask(question)))).toBe(true);
  });
});
