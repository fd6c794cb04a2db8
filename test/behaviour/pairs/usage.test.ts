/** What was used, in every caller's arithmetic and in the books. */
import { describe, expect, test } from "bun:test";
import { eventually } from "../../harness/eventually.ts";
import { scriptedUsage } from "../../harness/scripted-answer.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { fieldsOf, type PerWire } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const { input, cached, output, reasoning } = scriptedUsage;
const thinking = { text: "Hm.", token: "dG9rZW4=" };

/** The same tokens as each protocol counts them. */
const counted: PerWire<object> = {
  "openai-chat": {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  },
  "openai-responses": {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  },
  "anthropic-messages": {
    input_tokens: input - cached,
    cache_read_input_tokens: cached,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
  },
  "gemini-generate": {
    promptTokenCount: input,
    cachedContentTokenCount: cached,
    candidatesTokenCount: output - reasoning,
    thoughtsTokenCount: reasoning,
    totalTokenCount: input + output,
  },
};

describe.each(pairs.table)("%s", (_, pair) => {
  test.each([false, true])(
    "pitfalls 56, 65, 66 all figures agree, and with the row, streamed: %p",
    async (streamed) => {
      pair.provider.holds([{ thinking, text: "It rains." }]);
      const told = await pair.ask({ text: "Weather?" }, { streamed });
      expect(told.usage).toMatchObject(counted[pair.client.name]);
      const id = told.headers.get("x-request-id") ?? told.headers.get("request-id");
      const row = await eventually("the row", async () =>
        (await pairs.gateway.logs()).find((one) => one.request_id === id),
      );
      expect(row).toMatchObject({
        protocol: pair.client.name,
        provider: pair.provider.target.split("/")[0] ?? "",
        outcome: "finished",
        usage_source: "upstream",
        input_tokens: input,
        cached_tokens: cached,
        output_tokens: output,
        reasoning_tokens: reasoning,
      });
    },
  );
});

/** The whole input as each protocol says it. */
const wholeInput: PerWire<(usage: object) => unknown> = {
  "openai-chat": (usage) => fieldsOf(usage)["prompt_tokens"],
  "openai-responses": (usage) => fieldsOf(usage)["input_tokens"],
  "anthropic-messages": (usage) =>
    Number(fieldsOf(usage)["input_tokens"]) + Number(fieldsOf(usage)["cache_read_input_tokens"]),
  "gemini-generate": (usage) => fieldsOf(usage)["promptTokenCount"],
};

const toGemini = pairs.translated.filter(([, pair]) => pair.upstream.name === "gemini-generate");
test.each(toGemini)(
  "pitfall 67 %s: tokens of Gemini's own tools count as input",
  async (_, { client, provider, ask }) => {
    const { body } = provider.speech.whole({ text: "Found." });
    const usageMetadata = {
      promptTokenCount: 20,
      toolUsePromptTokenCount: 6,
      candidatesTokenCount: 5,
      totalTokenCount: 31,
      cachedContentTokenCount: 0,
    };
    provider.holds([{ script: { body: { ...fieldsOf(body), usageMetadata } } }]);
    const told = await ask({ text: "Search." });
    expect(wholeInput[client.name](told.usage ?? {})).toBe(26);
  },
);

const toChat = pairs.translated.filter(([, pair]) => pair.upstream.name === "openai-chat");
test.each(toChat)("pitfall 66 %s: more cached than asked is nothing below zero", async (_, { provider, ask }) => {
  const { body } = provider.speech.whole({ text: "Odd." });
  const usage = {
    prompt_tokens: 5,
    completion_tokens: 2,
    total_tokens: 7,
    prompt_tokens_details: { cached_tokens: 8 },
  };
  provider.holds([{ script: { body: { ...fieldsOf(body), usage } } }]);
  const told = await ask({ text: "Hello" });
  expect(JSON.stringify(told.usage)).not.toContain("-");
});

test("pitfall 55 a chat caller that does not ask for usage in a stream gets none, whoever answers", async () => {
  for (const [, { client, provider, ask }] of pairs.table) {
    if (client.name !== "openai-chat") continue;
    provider.holds([{ text: "It rains." }]);
    const told = await ask({ text: "Weather?", own: { stream_options: {} } }, { streamed: true });
    expect(told).toMatchObject({ text: "It rains.", isWhole: true });
    expect(told.usage).toBeUndefined();
  }
});
