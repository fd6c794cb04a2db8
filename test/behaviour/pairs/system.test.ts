/** System messages in the middle of a conversation. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { Fields, PerWire } from "../../harness/wires/wire.ts";

/** A model of Anthropic's that takes them as they are, beside one that does not. */
const pairs = sixteenPairs(() => "anthropic-new = anthropic/claude-opus-4-8");

/** Hello, an answer, more, a reminder, and on: in each protocol that can say it. Gemini's has one place for system text. */
const middle: Partial<PerWire<Fields>> = {
  "openai-chat": {
    messages: [
      { role: "system", content: "Be short." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi." },
      { role: "user", content: "One more thing." },
      { role: "system", content: "Speak French." },
      { role: "user", content: "Go on." },
    ],
  },
  "openai-responses": {
    instructions: "Be short.",
    input: [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi." },
      { role: "user", content: "One more thing." },
      { role: "developer", content: "Speak French." },
      { role: "user", content: "Go on." },
    ],
  },
  "anthropic-messages": {
    max_tokens: 100,
    system: "Be short.",
    messages: [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi." },
      { role: "user", content: "One more thing." },
      { role: "system", content: "Speak French." },
      { role: "user", content: "Go on." },
    ],
  },
};

const able = pairs.translated.filter(([, { client }]) => middle[client.name] !== undefined);
describe.each(able)("%s", (_, pair) => {
  const { client, upstream, provider } = pair;

  test("pitfall 9 what the system says in the middle stays where it was said", async () => {
    provider.holds([{ text: "Oui." }]);
    const told = await pair.send(middle[client.name] ?? {});
    expect(told).toMatchObject({ status: 200, text: "Oui.", dropped: [] });
    const folded = "user: <system-reminder>\nSpeak French.\n</system-reminder>";
    const isPlain = upstream.name.startsWith("openai");
    expect(pair.story()).toEqual([
      "system: Be short.",
      "user: Hello",
      "assistant: Hi.",
      "user: One more thing.",
      isPlain ? "system: Speak French." : folded,
      "user: Go on.",
    ]);
  });
});

const toNew = able.filter(([, { upstream }]) => upstream.name === "anthropic-messages");
test.each(toNew)("pitfall 9 %s: a model that takes system messages there is sent one", async (_, pair) => {
  pair.provider.holds([{ text: "Oui." }]);
  const body = middle[pair.client.name] ?? {};
  const told = await pair.send(body, { model: "anthropic-new" });
  expect(told.status).toBe(200);
  expect(pair.story().filter((line) => line.includes("French"))).toEqual(["system: Speak French."]);
  expect(pair.story().at(0)).toBe("system: Be short.");
});
