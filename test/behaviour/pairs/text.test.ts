/** Words there and back, between every protocol and every other. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { PerWire } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const said = "It rains cats, dogs and Fenster 🪟.";
const ends: PerWire<string> = {
  "openai-chat": "stop",
  "openai-responses": "completed",
  "anthropic-messages": "end_turn",
  "gemini-generate": "STOP",
};
const question = { text: "Wie ist das Wetter? ☔", system: "Be short." };
const history = ["system: Be short.", "user: Wie ist das Wetter? ☔"];

describe.each(pairs.table)("%s", (_, pair) => {
  test.each([false, true])("a text arrives whole in every sense, streamed: %p", async (streamed) => {
    pair.provider.holds([{ text: said }]);
    const told = await pair.ask(question, { streamed });
    expect(told).toMatchObject({ status: 200, text: said, end: ends[pair.client.name], isWhole: true });
    expect(told).toMatchObject({ thoughts: "", refusal: "", calls: [], dropped: [] });
    expect(pair.provider.calls).toHaveLength(1);
    expect(pair.provider.speech.isStreamed(pair.heard())).toBe(streamed);
    expect(pair.story()).toEqual(history);
  });

  test("pitfall 37 the second turn repeats the first one's request word for word, and more", async () => {
    pair.provider.holds([{ text: said }, { text: "Bye." }]);
    const first = await pair.ask(question, { streamed: true });
    const before = pair.story();
    const second = await pair.reply(first, { text: "Thanks." }, { streamed: true });
    expect(second.text).toBe("Bye.");
    expect(pair.story()).toEqual([...before, `assistant: ${said}`, "user: Thanks."]);
  });
});
