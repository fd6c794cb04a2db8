import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import { GatewayError } from "#core/errors.ts";

const catalog = createCatalog();

test("a model is known by every name it is sold under", () => {
  const plain = catalog.factsOf("claude-sonnet-4-5");
  const names = [
    "claude-sonnet-4-5-20250929",
    "claude-sonnet-4-5@20250929",
    "anthropic/claude-sonnet-4.5",
    "openrouter/anthropic/claude-sonnet-4.5:thinking",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "Claude-Sonnet-4-5[1m]",
  ];
  for (const model of names) expect(catalog.factsOf(model)).toEqual({ ...plain, model });
  expect(plain).toMatchObject({ maxOutputTokens: 64_000, reasoning: { by: "budget", least: 1024 }, sampling: true });
  expect(catalog.factsOf("models/gemini-2.5-pro").reasoning).toMatchObject({ by: "budget", off: false });
  expect(catalog.factsOf("gpt-5-2025-08-07")).toEqual({ ...catalog.factsOf("gpt-5"), model: "gpt-5-2025-08-07" });
});

test("each generation is told to think in its own way", () => {
  const by = (model: string): string => catalog.factsOf(model).reasoning.by;
  expect(
    ["claude-3-5-sonnet-20241022", "claude-3-7-sonnet-latest", "claude-opus-4-6", "claude-opus-4-8"].map(by),
  ).toEqual(["none", "budget", "adaptive", "adaptive"]);
  expect(["gpt-4o", "gpt-4.1-mini", "o3", "gpt-5.5", "gpt-6.1-sol"].map(by)).toEqual([
    "none",
    "none",
    "effort",
    "effort",
    "effort",
  ]);
  expect(["gemini-2.0-flash", "gemini-2.5-flash", "gemini-3.8-flash"].map(by)).toEqual(["none", "budget", "effort"]);
  expect(catalog.factsOf("claude-opus-4-6").reasoning).toMatchObject({ budgets: true });
  expect(catalog.factsOf("claude-opus-4-7").reasoning).toMatchObject({ budgets: false });
  expect(catalog.factsOf("gpt-4o-mini")).not.toMatchObject({ openAiReasoning: true });
});

test("names newer than the list follow the newest generation of their family", () => {
  const newest = { sampling: false, midSystem: true, prefill: false, reasoning: { by: "adaptive" } };
  for (const model of ["claude-opus-9", "claude-fable-7-2", "claude-unheard-of"]) {
    expect(catalog.factsOf(model)).toMatchObject(newest);
  }
  expect(catalog.factsOf("gemini-5-carbon")).toMatchObject({ needsThoughtSignature: true, resultMedia: true });
  expect(catalog.factsOf("gpt-6.9-new")).toMatchObject({ openAiReasoning: true, preferredApi: "responses" });
});

test("of a model that nobody knows nothing is claimed, and everything believed possible", () => {
  const { contextWindow, maxOutputTokens, sampling, jsonSchema } = catalog.factsOf("house-model");
  expect({ contextWindow, maxOutputTokens }).toEqual({ contextWindow: undefined, maxOutputTokens: undefined });
  expect({ sampling, jsonSchema }).toEqual({ sampling: true, jsonSchema: true });
});

test("configured facts correct what is built in, by name or pattern, the later ones last", () => {
  const corrected = createCatalog({
    "house-*": { contextWindow: 1000 },
    "house-b": { contextWindow: 2000, sampling: false },
  });
  expect(corrected.factsOf("house-a")).toMatchObject({ contextWindow: 1000, sampling: true });
  expect(corrected.factsOf("house-b")).toMatchObject({ contextWindow: 2000, sampling: false });
  expect(createCatalog({ "vendor/My-Model": { prefill: false } }).factsOf("vendor/My-Model").prefill).toBe(false);
});

test("a broken list or correction is an error that names the place", () => {
  const message = (act: () => unknown): string => {
    try {
      act();
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code === "config_invalid") return thrown.message;
    }
    throw new Error("It was taken.");
  };
  expect(message(() => createCatalog({ "gpt-*": { contextWindow: -1 } }))).toContain("contextWindow");
  expect(message(() => createCatalog({ m: { contextWidow: 1 } }))).toContain('"m"');
  expect(message(() => createCatalog({}, { version: "2026-13-01" }))).toContain("version");
});
