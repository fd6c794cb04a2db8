import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";

test("a provider alone keeps the caller's model name", () => {
  expect(parseRoute("gpt-*", "openai")).toEqual({ pattern: "gpt-*", pools: [[{ provider: "openai" }]] });
});

test("a bar makes a pool, a comma a fallback", () => {
  expect(parseRoute("gpt-4o", "eu/gpt-4o | us/gpt-4o, openai").pools).toEqual([
    [
      { provider: "eu", model: "gpt-4o" },
      { provider: "us", model: "gpt-4o" },
    ],
    [{ provider: "openai" }],
  ]);
});

test("a model may hold slashes, dots, colons and a leading at sign", () => {
  expect(parseRoute("x", "cf/@cf/meta/llama-3.3:70b").pools).toEqual([
    [{ provider: "cf", model: "@cf/meta/llama-3.3:70b" }],
  ]);
});

test("a number after the last at sign is a weight", () => {
  expect(parseRoute("fast", "openai/gpt-4o-mini@3, groq/llama-3.3-70b@1").pools).toEqual([
    [{ provider: "openai", model: "gpt-4o-mini", weight: 3 }],
    [{ provider: "groq", model: "llama-3.3-70b", weight: 1 }],
  ]);
});

test.each(["", "openai,", "| a", "openai/", "/gpt-4o", "open ai/gpt", "a=>b", "openai@0", "openai@1001"])(
  "%p is refused as configuration, saying why",
  (text) => {
    expect(() => parseRoute("gpt-4o", text)).toThrow(GatewayError);
    expect(() => parseRoute("gpt-4o", text)).toThrow(/gpt-4o/);
  },
);
