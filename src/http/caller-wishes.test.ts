import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { callerAsksCost, callerTags } from "#http/caller-wishes.ts";

const tagged = (text: string) => new Headers({ "x-tokligence-tags": text });

test("tags are a list by comma, spaces around them dropped", () => {
  expect(callerTags(new Headers())).toEqual([]);
  expect(callerTags(tagged("ci, project=search"))).toEqual(["ci", "project=search"]);
});

test.each(["", "a,,b", "with space", "-a", "a".repeat(101), Array.from({ length: 21 }, (_, at) => `t${at}`).join(",")])(
  "tags that are none are refused, naming the header: %s",
  (text) => {
    const read = (): unknown => callerTags(tagged(text));
    expect(read).toThrow(GatewayError);
    expect(read).toThrow("x-tokligence-tags");
  },
);

test("the cost is said to whoever asks for it, in one of two words", () => {
  expect(callerAsksCost(new Headers())).toBe(false);
  expect(callerAsksCost(new Headers({ "x-tokligence-cost": "True" }))).toBe(true);
  expect(() => callerAsksCost(new Headers({ "x-tokligence-cost": "yes" }))).toThrow("x-tokligence-cost");
});
