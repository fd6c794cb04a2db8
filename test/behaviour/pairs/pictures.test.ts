/** Pictures of the user and of tools. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { objectSchema } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
/** A PNG of one pixel. */
const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = { mimeType: "image/png", base64 };
const shown = `picture image/png ${base64}`;
/** Gemini's word for a call of its own; without it a call of the history would be noted as a stranger's. */
const thinking = { text: "", token: "dG9rZW4=" };
const tools = [{ name: "camera", schema: objectSchema({}) }];

describe.each(pairs.table)("%s", (_, pair) => {
  test("a picture of the user arrives with the same bytes, where it stood", async () => {
    pair.provider.holds([{ text: "A pixel." }]);
    const told = await pair.ask({ text: "What is this?", picture });
    expect([told.text, told.dropped]).toEqual(["A pixel.", []]);
    expect(pair.story()).toEqual([shown, "user: What is this?"]);
  });

  test("pitfall 23 a picture in a tool's result arrives with the same bytes", async () => {
    const calls = ["call_1", "call_2"].map((id) => ({ id, name: "camera", input: "{}" }));
    pair.provider.holds([{ thinking, calls }, { text: "A pixel." }]);
    const told = await pair.ask({ text: "Look.", tools }, { streamed: true });
    const results = told.calls.map((call, index) => ({
      call,
      text: `shot ${index}`,
      ...(index === 0 ? { picture } : {}),
    }));
    const end = await pair.reply(told, { results }, { streamed: true });
    expect([end.status, end.text, end.dropped]).toEqual([200, "A pixel.", []]);
    const story = pair.said();
    expect(story.filter((line) => line.startsWith("picture"))).toEqual([shown]);
    expect(story.filter((line) => line.startsWith("result: shot"))).toHaveLength(2);
    // Chat completions have no place in a result, whatever their callers write: there it follows the results.
    if (pair.isSame || pair.upstream.name !== "openai-chat")
      expect(story.indexOf(shown)).toBe(story.indexOf("result: shot 0") + 1);
    else expect(story.indexOf(shown)).toBeGreaterThan(story.indexOf("result: shot 1"));
    expect(pair.provider.speech.results(pair.heard())).toHaveLength(2);
  });
});
