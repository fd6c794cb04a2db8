import { expect, test } from "bun:test";
import { createOffering } from "#core/administration/offering.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";

const openai = stubProvider("openai");
const local = stubProvider("local", ["llama3", "qwen"]);
const prices = embeddedPriceList();

/** An offering in which these deployments are left alone. */
function offeringWith(open: readonly string[] = []) {
  const routes = [parseRoute("fast", "openai/gpt-4o-mini, local/qwen"), parseRoute("*", "local")];
  return createOffering({
    providerRole: false,
    plan: new RoutePlan(routes, [openai, local]),
    providers: [openai, local],
    health: { stateOf: (id) => (open.includes(id) ? "open" : "closed") },
    prices: { current: () => prices },
    factsOf: (model) => ({ contextWindow: model === "gpt-4o-mini" ? 128_000 : undefined }) as unknown as ModelFacts,
  });
}

test("services are the models with a name of their own, at the price and with the window of who is asked first", () => {
  const services = offeringWith().services();
  expect(services.map(({ model }) => model)).toEqual(["fast", "llama3", "qwen"]);
  expect(services[0]).toMatchObject({ providers: ["openai", "local"], context_window: 128_000, origin: "local" });
  expect(services[0]?.input_usd).toMatch(/^0\.\d+$/);
  expect(services[1]).toMatchObject({ providers: ["local"], input_usd: null, output_usd: null, context_window: null });
});

test("a provider is open when all that it answers is, half-open when some of it is", () => {
  const health = (...open: string[]) =>
    offeringWith(open)
      .providers()
      .map((provider) => provider.health);
  expect(health()).toEqual(["closed", "closed"]);
  expect(health("openai/gpt-4o-mini", "local/qwen")).toEqual(["open", "half-open"]);
  expect(health("local/qwen", "local/llama3")).toEqual(["closed", "open"]);
});
