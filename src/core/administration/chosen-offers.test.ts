import { expect, test } from "bun:test";
import { chosenProviders, chosenServices } from "#core/administration/chosen-offers.ts";
import type { ProviderView, ServiceView } from "#core/api/profile.ts";

const provider = (name: string, type: string, ...models: string[]): ProviderView => ({
  name,
  type,
  models,
  health: "closed",
});
const service = (model: string, input_usd: string | null, ...providers: string[]): ServiceView => ({
  model,
  providers,
  input_usd,
  output_usd: null,
  context_window: null,
  origin: "local",
});

test("providers are chosen by type and by what they may answer, and ordered by name", () => {
  const all = [provider("south", "openai", "gpt-a"), provider("any", "anthropic"), provider("east", "openai", "o3")];
  const names = (...choice: Parameters<typeof chosenProviders>[1][]) =>
    choice.map((one) => chosenProviders(all, one).map(({ name }) => name));
  expect(names({}, { sort: "name" }, { type: "openai" }, { model: "gpt-*" })).toEqual([
    ["south", "any", "east"],
    ["any", "east", "south"],
    ["south", "east"],
    ["south", "any"],
  ]);
});

test("services are chosen by model and provider, and ordered by what they cost as an amount, unknown ones last", () => {
  const all = [service("b", null, "x"), service("gpt-b", "10", "x", "y"), service("gpt-a", "9.5", "y")];
  const models = (...choice: Parameters<typeof chosenServices>[1][]) =>
    choice.map((one) => chosenServices(all, one).map(({ model }) => model));
  expect(models({}, { sort: "input_usd" }, { sort: "model" }, { model: "gpt-*", provider: "x" })).toEqual([
    ["b", "gpt-b", "gpt-a"],
    ["gpt-a", "gpt-b", "b"],
    ["b", "gpt-a", "gpt-b"],
    ["gpt-b"],
  ]);
});
