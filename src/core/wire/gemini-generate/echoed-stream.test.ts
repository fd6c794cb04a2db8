/** A stream that its caller sends back as it came: `@google/genai` keeps every chunk as a turn of the model. */
import { expect, test } from "bun:test";
import { decodeChat } from "#core/wire/gemini-generate/gemini.test-data.ts";

const model = (...parts: readonly unknown[]) => ({ role: "model", parts });
const question = { role: "user", parts: [{ text: "Weather?" }] };
const thought = (text: string) => ({ text, thought: true });

test("pitfall 39: thoughts in pieces are one, with the token that stands for the whole of them", () => {
  const call = { functionCall: { id: "1", name: "f", args: {} }, thoughtSignature: "c2ln" };
  const whole = {
    role: "assistant",
    parts: [
      { type: "reasoning", text: "Let me look.", token: { kind: "thought", data: "c2ln" } },
      { type: "tool-call", id: "1", name: "f", form: "function", argumentsText: "{}" },
    ],
  };
  const pieces = [thought("Let "), thought("me "), thought("look."), call];
  for (const turns of [[model(...pieces)], pieces.map((piece) => model(piece))]) {
    const answer = { role: "user", parts: [{ functionResponse: { id: "1", name: "f", response: { output: "x" } } }] };
    const { messages } = decodeChat({ contents: [question, ...turns, answer] });
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(messages[1]).toEqual(whole as (typeof messages)[number]);
  }
});

test("a signature between thoughts keeps them apart, and turns of the user part those of the model", () => {
  const signed = { ...thought("B"), thoughtSignature: "c2ln" };
  const contents = [question, model(thought("A"), signed, thought("C")), question, model({ text: "D" })];
  const { messages } = decodeChat({ contents });
  expect(messages.map(({ parts }) => parts)).toEqual([
    [{ type: "text", text: "Weather?" }],
    [
      { type: "reasoning", text: "AB", token: { kind: "thought", data: "c2ln" } },
      { type: "reasoning", text: "C" },
    ],
    [{ type: "text", text: "Weather?" }],
    [{ type: "text", text: "D" }],
  ]);
});
