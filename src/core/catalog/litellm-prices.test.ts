import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { litellmPrices } from "#core/catalog/litellm-prices.ts";
import { formatUsd } from "#core/ledger/money.ts";

const chat = { mode: "chat", litellm_provider: "openai" };
const only = (name: string, entry: object) => litellmPrices({ [name]: entry });

describe("LiteLLM's list of prices", () => {
  test("T-25: costs for one token become prices per million, to the nano-dollar", () => {
    const entry = {
      ...chat,
      input_cost_per_token: 1.5e-7,
      output_cost_per_token: 0.0000006,
      cache_read_input_token_cost: 7.5e-8,
      cache_creation_input_token_cost: 1.875e-7,
      output_cost_per_reasoning_token: 1e-6,
      input_cost_per_audio_token: 0.00004,
      output_cost_per_audio_token: 0.00008,
      input_cost_per_image_token: 2.1875e-6,
    };
    expect(only("gpt-4o-mini", entry).prices).toEqual([
      {
        model: "gpt-4o-mini",
        input: "0.15",
        output: "0.6",
        cached: "0.075",
        cache_write: "0.1875",
        reasoning: "1",
        audio_input: "40",
        audio_output: "80",
        image_input: "2.1875",
      },
    ]);
  });

  test("any whole number of nano-dollars per million tokens survives its way through binary fractions", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), (nanos) => {
        const cost = Number(`${nanos}e-15`);
        const [price] = only("m", { ...chat, input_cost_per_token: cost, output_cost_per_token: cost }).prices;
        expect(price?.input).toBe(formatUsd(nanos));
      }),
    );
  });

  test("prices of long contexts become steps; what they leave out stays, but reasoning follows the output", () => {
    const entry = {
      ...chat,
      input_cost_per_token: 3e-6,
      output_cost_per_token: 15e-6,
      cache_read_input_token_cost: 3e-7,
      output_cost_per_reasoning_token: 15e-6,
      input_cost_per_token_above_200k_tokens: 6e-6,
      output_cost_per_token_above_200k_tokens: 22.5e-6,
      cache_creation_input_token_cost_above_1hr: 6e-6,
    };
    const [price] = only("m", entry).prices;
    expect(price?.steps).toEqual([
      { above_input_tokens: 200_000, input: "6", output: "22.5", cached: "0.3", cache_write_long: "6" },
    ]);
  });

  test("LiteLLM's provider before the slash is the provider; any other slash belongs to the name", () => {
    const cost = { mode: "chat", input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 };
    const { prices } = litellmPrices({
      "gpt-4o": { ...cost, litellm_provider: "openai" },
      "azure/gpt-4o": { ...cost, litellm_provider: "azure" },
      "vertex_ai/gemini-x": { ...cost, litellm_provider: "vertex_ai-language-models" },
      "openrouter/anthropic/claude": { ...cost, litellm_provider: "openrouter" },
      "meta-llama/x": { ...cost, litellm_provider: "groq" },
    });
    expect(prices.map(({ provider, model }) => [provider, model])).toEqual([
      [undefined, "gpt-4o"],
      ["azure", "gpt-4o"],
      ["vertex_ai", "gemini-x"],
      ["openrouter", "anthropic/claude"],
      [undefined, "meta-llama/x"],
    ]);
  });

  test("embeddings need no price of output", () => {
    const [price] = only("e", { mode: "embedding", input_cost_per_token: 2e-8 }).prices;
    expect(price).toEqual({ model: "e", input: "0.02", output: "0" });
  });

  test("what is not priced by token, and prices that may be unknown, are left out by name with the reason", () => {
    const { prices, skipped } = litellmPrices({
      sample_spec: { mode: "one of: chat, ..." },
      picture: { mode: "image_generation", output_cost_per_image: 0.06 },
      bare: { mode: "chat" },
      text: { ...chat, input_cost_per_token: "1", output_cost_per_token: 1 },
      negative: { ...chat, input_cost_per_token: -1e-6, output_cost_per_token: 1e-6 },
      dear: { ...chat, input_cost_per_token: 2, output_cost_per_token: 1e-6 },
      free: { ...chat, input_cost_per_token: 0, output_cost_per_token: 0 },
      tiered: { ...chat, tiered_pricing: [] },
    });
    expect(prices).toEqual([]);
    expect(skipped.map((text) => text.slice(0, text.indexOf(":")))).toEqual([
      "picture",
      "bare",
      "text",
      "negative",
      "dear",
      "free",
      "tiered",
    ]);
  });

  test("another file is refused", () => {
    for (const json of [undefined, [], "x", { a: 1 }]) expect(() => litellmPrices(json)).toThrow("not LiteLLM's list");
  });
});
