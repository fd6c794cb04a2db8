import { expect, test } from "bun:test";
import { readPortkey } from "#integrations/imports/portkey.ts";

test("a fallback of Portkey becomes an order, a load balance a pool with weights", () => {
  const { text } = readPortkey(
    JSON.stringify({
      strategy: { mode: "fallback" },
      retry: { attempts: 5 },
      targets: [
        {
          strategy: { mode: "loadbalance" },
          targets: [
            { provider: "openai", api_key: "sk-1", weight: 0.7, override_params: { model: "gpt-4o" } },
            { provider: "azure-openai", api_key: "az", custom_host: "https://eu.openai.azure.com", weight: 0.3 },
          ],
        },
        { provider: "anthropic", api_key: "sk-ant" },
      ],
    }),
  );
  expect(text).toContain("* = openai/gpt-4o@70 | azure@30, anthropic");
  expect(text).toContain("max_retries = 5");
});

test("virtual keys become variables, and what cannot be carried is named", () => {
  const { text, notes } = readPortkey(
    JSON.stringify({
      cache: { mode: "semantic" },
      strategy: { mode: "conditional" },
      targets: [{ virtual_key: "openai-prod-1a2b" }, { provider: "stability-ai" }],
    }),
  );
  expect(text).toContain("api_key = ${OPENAI_PROD_1A2B}");
  const all = notes.join("\n");
  expect(all).toContain("cache could not be carried");
  expect(all).toContain("strategy conditional");
  expect(all).toContain("OPENAI_PROD_1A2B");
  expect(all).toContain("stability-ai was left out");
  expect(() => readPortkey("[]")).toThrow("no JSON object");
});
