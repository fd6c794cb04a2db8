import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { chat, withKey } from "../../harness/client.ts";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const states = ["stopped", "running"] as const;

test.each(states)("budgets and prices are set, shown, changed and taken away while it is %s", async (state) => {
  await using operator = await Operator.of(state);
  await operator.prints("user", "create", "ada@example.com");
  const bound = ["--limit-usd", "0.01", "--window", "month", "--mode", "hard"];
  const budget = await operator.one("createBudget", "budget", "create", "--scope", "user:ada@example.com", ...bound);
  expect(budget).toMatchObject({ limit_nanos: "10000000", scope_name: "ada@example.com", spent_usd: "0" });
  const line = await operator.prints("budget", "create", "--scope", "tag:ci", "--limit-usd", "5", "--window", "total");
  expect(line).toMatch(/^Created bud\S+: 5 USD, total, hard, for tag:ci\n$/);
  expect(await operator.list("listBudgets", "budget", "list")).toHaveLength(2);
  expect(await operator.prints("budget", "list")).toMatch(
    /^ID +SCOPE +WINDOW +MODE +LIMIT USD +SPENT +HELD +LEFT +RESETS\n/,
  );
  const changed = await operator.one(
    "updateBudget",
    "budget",
    "update",
    budget.id,
    "--limit-usd",
    "2",
    "--mode",
    "soft",
  );
  expect(changed).toMatchObject({ id: budget.id, limit_usd: "2", mode: "soft" });
  expect(await operator.one("findBudget", "budget", "show", budget.id)).toEqual(changed);
  expect(await operator.prints("budget", "delete", budget.id)).toContain(`Removed ${budget.id}`);
  expect(await operator.fails("budget", "show", budget.id)).toMatchObject({ code: 1 });
  expect(await operator.fails("budget", "create", "--scope", "team:nobody", ...bound)).toMatchObject({ code: 1 });

  const parts = ["--cached", "0.25", "--request", "0.001", "--step", "200000:2.50:15"];
  const price = await operator.one(
    "setPrice",
    "prices",
    "set",
    "house-model",
    "--input",
    "1.25",
    "--output",
    "10",
    ...parts,
  );
  expect(price).toMatchObject({ input_usd: "1.25", cached_usd: "0.25", request_usd: "0.001", source: "set" });
  expect(await operator.list("listPrices", "prices", "show", "house-model")).toEqual([price]);
  expect(await operator.prints("prices", "show", "house-model")).toContain(
    "above 200,000   input 2.5 USD per million tokens",
  );
  const file = join(operator.gateway.configDir, "prices.json");
  operator.gateway.write("prices.json", JSON.stringify({ prices: [{ model: "a", input: "1", output: "2" }] }));
  expect(await operator.prints("prices", "import", file)).toMatch(/^Set the prices of 1 model, version \S+\n$/);
  const versions = await operator.list("listPriceVersions", "prices", "versions");
  expect(versions.map(({ source }) => source)).toEqual(["imported", "set", "embedded"]);
  await operator.one("removePrice", "prices", "remove", "house-model");
  expect(await operator.prints("prices", "show", "house-model")).toContain("No price.");
});

test("a price and a budget set while it runs count from the next call on, and no longer once they are taken away", async () => {
  await using operator = await Operator.of("running");
  const { gateway } = operator;
  const key = await gateway.createKey();
  const called = async () => (await chat(gateway, { model: "loopback", max_tokens: 5 }, withKey(key))).status;
  expect(await called()).toBe(200);
  await operator.prints("prices", "set", "loopback", "--input", "1000", "--output", "1000");
  const bound = ["--limit-usd", "0.001", "--window", "day"];
  const budget = await operator.one("createBudget", "budget", "create", "--scope", "user:ada@example.com", ...bound);
  expect(await called()).toBe(402);
  await operator.prints("budget", "update", budget.id, "--limit-usd", "1");
  expect(await called()).toBe(200);
  const { spent_usd: spent, reserved_usd: held } = await operator.one("findBudget", "budget", "show", budget.id);
  expect(Number(spent)).toBeGreaterThan(0);
  expect(held).toBe("0");
  const [newest] = await operator.list("usageLogs", "usage", "logs", "--limit", "1");
  expect(newest?.cost_usd).toBe(spent);
  await operator.prints("budget", "update", budget.id, "--limit-usd", "0");
  expect(await called()).toBe(402);
  await operator.prints("budget", "delete", budget.id);
  expect(await called()).toBe(200);
});
