/** Thinking: asked for, shown, and what of it goes back to whom. */
import { describe, expect, test } from "bun:test";
import type { ScriptedCall } from "../../harness/scripted-answer.ts";
import { type Pair, sixteenPairs, type Told } from "../../harness/wires/pairs.ts";
import { objectSchema, type PerWire } from "../../harness/wires/wire.ts";

/** A chat model that thinks, and providers of the same protocols under other names. */
const pairs = sixteenPairs(
  (origins) => `chat-thinker = chat/gpt-5.1
other-anthropic-model = other-anthropic/claude-sonnet-4-5
other-gemini-model = other-gemini/gemini-3-pro-preview
other-responses-model = other-responses/gpt-5.5
[provider.other-anthropic]
type = anthropic
api_key = sk-other
base_url = ${origins["anthropic-model"]}
[provider.other-gemini]
type = gemini
api_key = sk-other
base_url = ${origins["gemini-model"]}
[provider.other-responses]
type = openai
api = responses
api_key = sk-other
base_url = ${origins["responses-model"]}/v1
`,
);
const token = "c2lnbmVkIGJ5IGl0cyBtYWtlcg==";
const thinking = { text: "Let me look.", token };
const tools = [{ name: "weather", schema: objectSchema({ city: { type: "string" } }) }];
const question = { text: "Weather?", tools, thinks: true };
const calls = ["Oslo", "Rome"].map((city): ScriptedCall => ({
  id: `call_${city}`,
  name: "weather",
  input: JSON.stringify({ city }),
}));
const called = ['call weather {"city":"Oslo"}', 'call weather {"city":"Rome"}'];
const answered = ["result: wet", "result: wet"];
const results = (told: Told) => ({ results: told.calls.map((call) => ({ call, text: "wet" })) });

/** How high effort is said. */
const asked: PerWire<object> = {
  "openai-chat": { reasoning_effort: "high" },
  "openai-responses": { reasoning: { effort: "high" } },
  "anthropic-messages": { thinking: { type: "enabled", budget_tokens: 16_384 } },
  "gemini-generate": { generationConfig: { thinkingConfig: { thinkingLevel: "HIGH" } } },
};

/** How the wish to see thoughts is said. */
const shown: PerWire<object> = {
  "openai-chat": {},
  "openai-responses": { reasoning: { summary: "auto" } },
  "anthropic-messages": { thinking: { type: "enabled" } },
  "gemini-generate": { generationConfig: { thinkingConfig: { includeThoughts: true } } },
};

/** What each maker sees of its own thinking in front of two calls. */
const kept: PerWire<readonly string[]> = {
  "openai-chat": [],
  "openai-responses": ["thought: Let me look.", `token ${token}`],
  "anthropic-messages": ["thought: Let me look.", `token ${token}`],
  "gemini-generate": [`token ${token}`],
};

/** A caller of chat completions sends the thoughts back that it saw, in a field that passes to a server of its own kind. */
const echoed = (from: Pair, to: Pair): readonly string[] =>
  from.client.name === "openai-chat" && to.upstream.name === "openai-chat" ? ["thought: Let me look."] : [];

/** The pair's story; Gemini does not need its thoughts back, but bears them. */
function storyOf(pair: Pair): string[] {
  const story = pair.story();
  return pair.upstream.name === "gemini-generate" ? story.filter((line) => !line.startsWith("thought:")) : story;
}

describe.each(pairs.table)("%s", (_, pair) => {
  test("an effort is the provider's own way of saying it", async () => {
    pair.provider.holds([{ text: "Rain." }]);
    const model = pair.upstream.name === "openai-chat" ? "chat-thinker" : pair.provider.model;
    const told = await pair.ask({ text: "Weather?", thinks: true }, { model });
    expect(told.status).toBe(200);
    expect(pair.heard().json()).toMatchObject(asked[pair.upstream.name]);
    expect(told.dropped.filter((field) => /effort|budget|Level/.test(field))).toEqual([]);
    // Who asks for thoughts in so many words gets them asked for, where that can be said.
    if (/responses|gemini/.test(pair.client.name)) expect(pair.heard().json()).toMatchObject(shown[pair.upstream.name]);
  });

  test.each([false, true])("pitfalls 43, 44 thoughts are shown as thoughts, streamed: %p", async (streamed) => {
    pair.provider.holds([{ thinking, text: "Rain." }]);
    const told = await pair.ask(question, { streamed });
    expect(told).toMatchObject({ thoughts: "Let me look.", text: "Rain.", isWhole: true });
    expect(told.raw).not.toContain("<think");
  });

  test.each([false, true])("pitfalls 39, 40, 41, 45 a token goes back to its maker, streamed: %p", async (streamed) => {
    pair.provider.holds([{ thinking, calls }, { thinking, calls }, { text: "Wet." }]);
    const first = await pair.ask(question, { streamed });
    const second = await pair.reply(first, results(first), { streamed });
    const round = [...kept[pair.upstream.name], ...echoed(pair, pair), ...called, ...answered];
    expect(storyOf(pair)).toEqual(["user: Weather?", ...round]);
    const third = await pair.reply(second, results(second), { streamed });
    expect(third).toMatchObject({ text: "Wet.", isWhole: true });
    expect(storyOf(pair)).toEqual(["user: Weather?", ...round, ...round]);
  });

  test("pitfall 42 a token without thoughts is kept", async () => {
    pair.provider.holds([{ thinking: { text: "", token }, calls }, { text: "Wet." }]);
    const told = await pair.ask(question, { streamed: true });
    expect(told.thoughts).toBe("");
    await pair.reply(told, results(told), { streamed: true });
    const tokens = pair.story().filter((line) => line.startsWith("token"));
    expect(tokens).toEqual(pair.upstream.name === "openai-chat" ? [] : [`token ${token}`]);
  });

  test("pitfall 38 a token never reaches the provider of another protocol", async () => {
    for (const [, other] of pairs.table) {
      if (other.client !== pair.client || other.provider === pair.provider) continue;
      for (const streamed of [false, true]) {
        pair.provider.holds([{ thinking, text: "Well.", calls }]);
        const told = await pair.ask(question, { streamed });
        other.provider.holds([{ text: "Rain." }, { text: "Wet." }]);
        const end = await pair.reply(told, results(told), { model: other.provider.model, streamed });
        expect(end).toMatchObject({ status: 200, text: "Wet." });
        const story = other.story().filter((line) => line !== "token skip_thought_signature_validator");
        expect(story).toEqual(["user: Weather?", ...echoed(pair, other), "assistant: Well.", ...called, ...answered]);
        expect(new TextDecoder().decode(other.heard().body)).not.toContain(token);
      }
    }
  });

  test("pitfall 38 a token never reaches another provider of the same protocol", async () => {
    if (pair.upstream.name === "openai-chat") return;
    pair.provider.holds([{ thinking, text: "Well.", calls }, { text: "Wet." }]);
    const told = await pair.ask(question, { streamed: true });
    const end = await pair.reply(told, results(told), { model: `other-${pair.provider.model}` });
    expect(end).toMatchObject({ status: 200, text: "Wet." });
    expect(pair.said()).toEqual(["user: Weather?", "assistant: Well.", ...called, ...answered]);
    expect(new TextDecoder().decode(pair.heard().body)).not.toContain(token);
    await pair.reply(told, results(told));
    expect(pair.story()).toContain(`token ${token}`);
  });
});
