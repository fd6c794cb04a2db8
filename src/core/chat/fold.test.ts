import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer, saidAs } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";

const choice = 0;
const token = (data: string) => ({ kind: "signature", data }) as const;

test("blocks stand in the order in which they were made, tokens on the thinking that they end", () => {
  const citation = { url: "https://a.example/", start: 0, end: 2 };
  const logprob = { token: "a", logprob: -1, top: [] };
  const events: ChatEvent[] = [
    { type: "start", id: "x", model: "m", createdSeconds: 5 },
    { type: "reasoning", choice, text: "h" },
    { type: "reasoning", choice, text: "m" },
    { type: "reasoning-token", choice, token: token("1") },
    { type: "text", choice, text: "a" },
    { type: "text", choice, text: "b" },
    { type: "citation", choice, citation },
    { type: "logprobs", choice, tokens: [logprob] },
    { type: "reasoning-token", choice, token: token("2") },
    { type: "tool-call", choice, call: 0, id: "c1", name: "f" },
    { type: "tool-call", choice, call: 1, id: "c2", name: "g", form: "custom", namespace: "n" },
    { type: "tool-arguments", choice, call: 0, text: "{}" },
    { type: "tool-arguments", choice, call: 1, text: "raw" },
    { type: "text", choice, text: "c" },
    { type: "finish", choice, reason: "stop", raw: "stop_sequence", stopSequence: "END" },
    { type: "usage", usage: { inputTokens: 1 } },
    { type: "usage", usage: { outputTokens: 0 } },
    { type: "end" },
  ];
  const folded = foldAnswer(events);
  expect(folded).toMatchObject({ id: "x", model: "m", createdSeconds: 5, usage: { inputTokens: 1, outputTokens: 0 } });
  const [first] = folded.choices;
  expect(first?.blocks).toEqual([
    { type: "reasoning", text: "hm", token: token("1") },
    { type: "text", text: "ab", offset: 0, citations: [citation], logprobs: [logprob] },
    { type: "reasoning", text: "", token: token("2") },
    { type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "{}" },
    { type: "tool-call", id: "c2", name: "g", namespace: "n", form: "custom", argumentsText: "raw" },
    { type: "text", text: "c", offset: 2, citations: [], logprobs: [] },
  ]);
  expect(first?.finish).toEqual({ reason: "stop", raw: "stop_sequence", stopSequence: "END" });
  expect(first === undefined ? "" : saidAs("text", first)).toBe("abc");
});

test("choices are kept apart and in order, an error event is thrown", () => {
  const { choices } = foldAnswer([
    { type: "text", choice: 1, text: "b" },
    { type: "refusal", choice: 0, text: "no" },
    { type: "text", choice: 1, text: "c" },
  ]);
  expect(choices.map((folded) => [folded.choice, saidAs("text", folded), saidAs("refusal", folded)])).toEqual([
    [0, "", "no"],
    [1, "bc", ""],
  ]);
  const error = new GatewayError("upstream_error", "The provider failed.");
  expect(() => foldAnswer([{ type: "error", error }])).toThrow(error);
});
