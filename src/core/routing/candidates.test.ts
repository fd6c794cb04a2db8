import { expect, test } from "bun:test";
import { candidatesFor, nobodySpeaks } from "#core/routing/candidates.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";

const openai = stubProvider("openai", [], [], {
  speaks: (protocol) => (protocol === "openai-chat" ? protocol : undefined),
});
const anthropic = stubProvider("anthropic", [], [], {
  speaks: (protocol) => (protocol.endsWith("count-tokens") ? undefined : "anthropic-messages"),
});
const both = [
  { provider: anthropic, model: "claude", weight: 1, pool: 0 },
  { provider: openai, model: "gpt", weight: 1, pool: 1 },
];
const names = (...given: Parameters<typeof candidatesFor>) =>
  candidatesFor(...given).map(({ provider, upstreamProtocol, translate }) => [
    provider.name,
    upstreamProtocol,
    translate,
  ]);

test("auto keeps every deployment that can answer, in the order of the plan", () => {
  expect(names(both, "openai-chat", "auto")).toEqual([
    ["anthropic", "anthropic-messages", false],
    ["openai", "openai-chat", false],
  ]);
  expect(names(both, "openai-responses", "auto")).toEqual([["anthropic", "anthropic-messages", false]]);
});

test("passthrough keeps only those that speak the caller's own protocol", () => {
  expect(names(both, "openai-chat", "passthrough")).toEqual([["openai", "openai-chat", false]]);
  expect(names(both, "gemini-generate", "passthrough")).toEqual([]);
});

test("translation writes every request anew, even where both sides agree", () => {
  expect(names(both, "openai-chat", "translation")).toEqual([
    ["anthropic", "anthropic-messages", true],
    ["openai", "openai-chat", true],
  ]);
});

test("who asks in a protocol that nobody speaks is told so, and what the mode has to do with it", () => {
  expect(nobodySpeaks("m", "gemini-generate", "passthrough")).toMatchObject({
    code: "unsupported_value",
    status: 400,
    details: { field: "model", protocol: "gemini-generate", work_mode: "passthrough" },
  });
  expect(nobodySpeaks("m", "openai-completions", "auto").message).not.toContain("work_mode");
});
