/** Marks of the prompt cache: carried where they mean something, gone and named elsewhere. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { Fields, PerWire } from "../../harness/wires/wire.ts";

/** Models of OpenAI's that know marks, beside those that do not. */
const pairs = sixteenPairs(() => "marked-responses = responses/gpt-5.6\n");

/** The same conversation, its first two texts marked, in each protocol that has marks. */
const marked: Partial<PerWire<Fields>> = {
  "openai-chat": {
    messages: [
      { role: "system", content: [{ type: "text", text: "Be short.", prompt_cache_breakpoint: { mode: "explicit" } }] },
      { role: "user", content: [{ type: "text", text: "A book.", prompt_cache_breakpoint: { mode: "explicit" } }] },
      { role: "assistant", content: "Read." },
      { role: "user", content: "Sum it up." },
    ],
  },
  "openai-responses": {
    input: [
      {
        role: "developer",
        content: [{ type: "input_text", text: "Be short.", prompt_cache_breakpoint: { mode: "explicit" } }],
      },
      {
        role: "user",
        content: [{ type: "input_text", text: "A book.", prompt_cache_breakpoint: { mode: "explicit" } }],
      },
      { role: "assistant", content: "Read." },
      { role: "user", content: "Sum it up." },
    ],
  },
  "anthropic-messages": {
    max_tokens: 100,
    system: [{ type: "text", text: "Be short.", cache_control: { type: "ephemeral" } }],
    metadata: { user_id: "u" },
    thinking: { type: "disabled" },
    messages: [
      { role: "user", content: [{ type: "text", text: "A book.", cache_control: { type: "ephemeral" } }] },
      { role: "assistant", content: "Read." },
      { role: "user", content: "Sum it up." },
    ],
  },
};
const story = ["system: Be short.", "user: A book.", "assistant: Read.", "user: Sum it up."];

/** The texts in front of a mark. */
function markedTexts(body: Fields, mark: string): string[] {
  return [...JSON.stringify(body).matchAll(new RegExp(`"text":"([^"]*)","${mark}"`, "g"))].map(
    ([, text]) => text ?? "",
  );
}

const marking = pairs.translated.filter(([, { client }]) => marked[client.name] !== undefined);
describe.each(marking)("%s", (_, pair) => {
  test("pitfall 7, T-13 marks stand at the same place, or are named and gone", async () => {
    pair.provider.holds([{ text: "Done." }]);
    const told = await pair.send(marked[pair.client.name] ?? {});
    expect(told).toMatchObject({ status: 200, text: "Done." });
    expect(pair.story()).toEqual(story);
    const body = pair.heard().json();
    const carries = pair.upstream.name === "anthropic-messages";
    expect(markedTexts(body, "cache_control")).toEqual(carries ? ["Be short.", "A book."] : []);
    expect(markedTexts(body, "prompt_cache_breakpoint")).toEqual([]);
    expect(told.dropped.some((field) => /cache/.test(field))).toBe(!carries);
    if (pair.upstream.name.startsWith("openai")) {
      expect(Object.keys(body).filter((field) => /^(thinking|metadata|cache_control)$/.test(field))).toEqual([]);
    }
  });
});

const toOpenAi = marking.filter(([, { upstream }]) => upstream.name === "openai-responses");
test.each(toOpenAi)("T-13 %s: a model that knows breakpoints is sent them", async (_, pair) => {
  pair.provider.holds([{ text: "Done." }]);
  const told = await pair.send(marked[pair.client.name] ?? {}, { model: "marked-responses" });
  expect(told.status).toBe(200);
  expect(told.dropped.filter((field) => /cache/.test(field))).toEqual([]);
  expect(markedTexts(pair.heard().json(), "prompt_cache_breakpoint")).toContain("A book.");
});
