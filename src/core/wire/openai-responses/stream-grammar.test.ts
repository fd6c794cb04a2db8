import { expect, test } from "bun:test";
import { args, begun, call, finish, text } from "#core/wire/openai-responses/answer-events.test-data.ts";
import { end, framesOf } from "#core/wire/openai-responses/responses.test-data.ts";
import { brokenRule } from "#core/wire/openai-responses/stream-grammar.test-data.ts";

test("the check of the grammar misses no frame that is left out, doubled or in another's place", () => {
  const frames = framesOf([
    begun,
    { type: "reasoning", choice: 0, text: "hm" },
    { type: "reasoning-token", choice: 0, token: { kind: "encrypted", data: "E" } },
    text("a"),
    { type: "refusal", choice: 0, text: "b" },
    call(0),
    args(0, "{}"),
    call(1, { form: "custom" }),
    args(1, "x"),
    finish("tool_calls"),
    end,
  ]);
  const renumbered = (list: typeof frames) => list.map((frame, index) => ({ ...frame, sequence_number: index }));
  expect(brokenRule(frames)).toBeUndefined();
  expect(brokenRule(frames.with(3, { ...frames[3], type: "x", sequence_number: 9 }))).toBe("number 3 is missing");
  for (const [index, frame] of frames.entries()) {
    for (const changed of [frames.toSpliced(index, 0, frame), frames.toSpliced(index, 1)]) {
      expect([index, brokenRule(renumbered(changed))]).not.toEqual([index, undefined]);
    }
  }
});
