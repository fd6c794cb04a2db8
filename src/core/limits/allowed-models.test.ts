import { expect, test } from "bun:test";
import { localPrincipal } from "#core/identity/principal.ts";
import { checkModelAllowed, isModelAllowed } from "#core/limits/allowed-models.ts";

const withModels = (...models: string[]) => ({ ...localPrincipal, policy: { limits: {}, models } });

test("a key without a list may ask for every model, one with an empty list for none", () => {
  expect(isModelAllowed(localPrincipal, "gpt-x")).toBe(true);
  expect(isModelAllowed({ ...localPrincipal, policy: { limits: {} } }, "gpt-x")).toBe(true);
  expect(isModelAllowed(withModels(), "gpt-x")).toBe(false);
});

test("names and patterns allow, and nothing that is merely like them", () => {
  const key = withModels("gpt-x", "claude-*");
  for (const model of ["gpt-x", "claude-sonnet", "claude-"]) expect(isModelAllowed(key, model)).toBe(true);
  for (const model of ["gpt-x2", "GPT-X", "a-claude-b", ""]) expect(isModelAllowed(key, model)).toBe(false);
});

test("F96 a key that was made by a key may ask for what both lists allow", () => {
  const made = { ...withModels("gpt-*", "claude-*"), parent: withModels("gpt-*") };
  expect(isModelAllowed(made, "gpt-x")).toBe(true);
  expect(isModelAllowed(made, "claude-x")).toBe(false);
  expect(isModelAllowed({ ...localPrincipal, parent: withModels("gpt-*") }, "claude-x")).toBe(false);
});

test("a refusal names the model and not the list", () => {
  const key = withModels("secret-model");
  expect(() => checkModelAllowed(key, "secret-model")).not.toThrow();
  const message = "This API key may not use the model 'gpt-x'.";
  expect(() => checkModelAllowed(key, "gpt-x")).toThrow(
    expect.objectContaining({ code: "permission_denied", message, details: { field: "model" } }),
  );
});
