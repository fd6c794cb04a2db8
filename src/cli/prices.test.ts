import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
});
afterEach(() => daemon[Symbol.asyncDispose]());

test("prices are set with all their parts and steps", async () => {
  const parts = ["--cached", "0.25", "--request", "0.01", "--step", "200000:2.50:15", "--step", "500000:5:30:0.5"];
  await daemon.tokligence("prices", "set", "m", "--input", "1.25", "--output", "10", ...parts, "--provider", "p");
  expect(daemon.asked.at(-1)).toBe(
    `PUT /api/v1/prices ${JSON.stringify({
      model: "m",
      provider: "p",
      input: "1.25",
      output: "10",
      cached: "0.25",
      request: "0.01",
      steps: [
        { above_input_tokens: 200_000, input: "2.50", output: "15" },
        { above_input_tokens: 500_000, input: "5", output: "30", cached: "0.5" },
      ],
    })}`,
  );
});

test("prices of LiteLLM are imported beside our own form, and what is not taken is said", async () => {
  daemon.answers["POST /api/v1/prices/import"] = () => Response.json({ price_version: "2026-11-21.1", models: 1 });
  const file = join(daemon.configDir, "prices.json");
  const price = { model: "gpt-x", input: "2.5", output: "10" };
  const litellm = {
    "gpt-x": { input_cost_per_token: 2.5e-6, output_cost_per_token: 1e-5, mode: "chat" },
    painter: { mode: "image_generation", output_cost_per_image: 0.04 },
  };
  for (const [content, error] of [
    [{ prices: [price] }, ""],
    [litellm, expect.stringMatching(/^not taken {2}painter: [^\n]+\n$/)],
  ] as const) {
    writeFileSync(file, JSON.stringify(content));
    const out = "Set the prices of 1 model, version 2026-11-21.1\n";
    expect(await daemon.tokligence("prices", "import", file)).toEqual({ out, error, code: 0 });
    expect(daemon.asked.at(-1)).toBe(`POST /api/v1/prices/import ${JSON.stringify({ prices: [price] })}`);
  }
  for (const text of ["no json", "[]", '{"prices":[{"model":"x","input":"free","output":"1"}]}']) {
    writeFileSync(file, text);
    expect(await daemon.tokligence("prices", "import", file)).toMatchObject({ out: "", code: 2 });
  }
});
