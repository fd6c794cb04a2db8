import { describe, expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { ReasoningControl } from "#core/catalog/model-facts.ts";
import models from "#core/catalog/models.json" with { type: "json" };

const catalog = createCatalog();

/** The control in one line: what it goes by, and its levels or its bounds. */
function told(control: ReasoningControl): string {
  switch (control.by) {
    case "none":
      return "none";
    case "effort":
      return `effort ${control.levels.join(" ")}`;
    case "budget":
      return `budget ${control.least}-${control.most}${control.off ? " or off" : ""}`;
    case "adaptive":
      return `adaptive ${control.levels.join(" ")}${control.budgets ? ", or a budget" : ""}`;
  }
}

describe("how a model is told to think (protocols A2, C4)", () => {
  test.each([
    // Claude: always on, on unless disabled, both ways, by budget alone.
    ["claude-fable-5", "adaptive low medium high xhigh max"],
    ["claude-fable-5-2", "adaptive low medium high xhigh max"],
    ["claude-opus-5-5", "adaptive low medium high xhigh max"],
    ["claude-sonnet-5-5", "adaptive low medium high xhigh max"],
    ["claude-haiku-5-5", "adaptive none low medium high xhigh max"],
    ["claude-opus-5", "adaptive none low medium high xhigh max"],
    ["claude-sonnet-5", "adaptive none low medium high xhigh max"],
    ["claude-opus-4-8", "adaptive none low medium high xhigh max"],
    ["claude-mythos-preview", "adaptive low medium high max"],
    ["claude-opus-4-6", "adaptive none low medium high max, or a budget"],
    ["claude-sonnet-4-6", "adaptive none low medium high max, or a budget"],
    ["claude-haiku-4-5", "budget 1024-63999 or off"],
    ["claude-opus-4-1-20250805", "budget 1024-31999 or off"],
    // OpenAI: what Codex asks for among them.
    ["gpt-6.1-sol", "effort low medium high xhigh max"],
    ["gpt-6-astra", "effort low medium high xhigh max"],
    ["gpt-6-sol", "effort none low medium high xhigh max"],
    ["gpt-5.6-terra", "effort none low medium high xhigh max"],
    ["gpt-5.5", "effort none low medium high xhigh"],
    ["gpt-5.5-pro", "effort medium high xhigh"],
    ["gpt-5.4-mini", "effort none low medium high xhigh"],
    ["gpt-5.1", "effort none low medium high"],
    ["gpt-5.1-codex-max", "effort low medium high xhigh"],
    ["gpt-5", "effort minimal low medium high"],
    ["o4-mini", "effort low medium high"],
    ["gpt-4.1", "none"],
    // Gemini: levels from 3 on, numbers before.
    ["gemini-4-argon", "effort low medium high"],
    ["gemini-3.8-flash", "effort low medium high"],
    ["gemini-3.6-flash", "effort minimal low medium high"],
    ["gemini-3.5-flash-lite", "effort minimal low medium high"],
    ["gemini-3.1-pro-preview", "effort low medium high"],
    ["gemini-3-pro-preview", "effort low high"],
    ["gemini-3-flash-preview", "effort minimal low medium high"],
    ["gemini-2.5-pro", "budget 128-32768"],
    ["gemini-2.5-flash-lite", "budget 512-24576 or off"],
    ["gemini-2.0-flash", "none"],
    ["deepseek-v4-pro", "effort low high max"],
    ["grok-4.5", "effort low medium high"],
    ["mistral-small-2506", "none"],
    ["mistral-small-2603", "effort none high"],
  ])("%s: %s", (model, expected) => {
    expect(told(catalog.factsOf(model).reasoning)).toBe(expected);
  });
});

test("models that refuse sampling are known, and those that take it", () => {
  const sampling = (model: string): boolean => catalog.factsOf(model).sampling;
  const refusing = ["claude-opus-4-7", "claude-fable-5", "gpt-5.5", "o3", "gemini-3.6-flash", "gemini-4-carbon"];
  const taking = ["claude-opus-4-6", "claude-haiku-4-5", "gpt-4o", "gpt-5-chat-latest", "gemini-3.1-pro-preview"];
  expect([refusing.filter(sampling), taking.filter((model) => !sampling(model))]).toEqual([[], []]);
});

test("what a conversation may hold is known by generation", () => {
  const of = (model: string) => {
    const { midSystem, prefill, resultMedia, needsThoughtSignature } = catalog.factsOf(model);
    return { midSystem, prefill, resultMedia, needsThoughtSignature };
  };
  const claude = { resultMedia: false, needsThoughtSignature: false };
  expect(of("claude-opus-4-8")).toEqual({ ...claude, midSystem: true, prefill: false });
  expect(of("claude-opus-4-7")).toEqual({ ...claude, midSystem: false, prefill: false });
  expect(of("claude-haiku-4-5")).toEqual({ ...claude, midSystem: false, prefill: true });
  const newest = { midSystem: false, resultMedia: true, needsThoughtSignature: true };
  expect(of("gemini-3.8-flash")).toEqual({ ...newest, prefill: false });
  expect(of("gemini-3-pro-preview")).toEqual({ ...newest, prefill: true });
  expect(of("gemini-2.5-flash")).toMatchObject({ resultMedia: false, needsThoughtSignature: false });
  const both = (model: string) => catalog.factsOf(model).jsonWithTools;
  expect(["gemini-2.5-pro", "gemini-2.0-flash", "gemini-3-flash-preview", "gpt-5"].map(both)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test("windows and output limits are those of the model, not of its family", () => {
  const limits = (model: string): readonly (number | undefined)[] => {
    const { contextWindow, maxOutputTokens } = catalog.factsOf(model);
    return [contextWindow, maxOutputTokens];
  };
  expect(limits("claude-fable-5-1")).toEqual([1_000_000, 128_000]);
  expect(limits("claude-sonnet-4-6")).toEqual([1_000_000, 128_000]);
  expect(limits("us.anthropic.claude-haiku-4-5-20251001-v1:0")).toEqual([200_000, 64_000]);
  expect(limits("gpt-6.1-sol")).toEqual([1_050_000, 128_000]);
  expect(limits("gpt-5-2025-08-07")).toEqual([400_000, 128_000]);
  expect(limits("gemini-3.8-flash")).toEqual([1_048_576, 65_536]);
  expect(limits("gemini-2.5-flash-image")).toEqual([32_768, 32_768]);
  expect(limits("gpt-4o-2024-05-13")).toEqual([128_000, 4096]);
});

test("Responses suit the models that call tools there alone", () => {
  const api = (model: string): string => catalog.factsOf(model).preferredApi;
  expect(["gpt-6.1-sol", "gpt-5.6-luna", "gpt-5.3-codex", "o3"].map(api)).toEqual(Array(4).fill("responses"));
  expect(["gpt-4.1", "gpt-5-chat-latest", "claude-opus-5", "house-model"].map(api)).toEqual(Array(4).fill("chat"));
});

test("the list says where it comes from and when it was looked at", () => {
  expect(models.sources[0]).toContain(models.version);
});
