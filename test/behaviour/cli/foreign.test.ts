import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const config = `model_list:
  - model_name: fast
    litellm_params:
      model: openai/gpt-4o
      api_key: sk-canary-of-a-provider
`;
const keys = JSON.stringify([{ token: "88dc28d0".repeat(8), key_alias: "ci", user_id: "ada", max_budget: 5 }]);

test.each(["stopped", "running"] as const)(
  "what LiteLLM held is shown without secrets first, and taken over while it is %s",
  async (state) => {
    await using operator = await Operator.of(state);
    const { gateway } = operator;
    gateway.write("litellm/config.yaml", config);
    gateway.write("litellm/keys.json", keys);
    const inputs = ["config.yaml", "keys.json"].flatMap((name) => [
      "--input",
      join(gateway.configDir, "litellm", name),
    ]);
    const words = ["import", "--from", "litellm", ...inputs];
    const written = join(gateway.configDir, "imported-litellm.ini");

    const shown = await operator.prints(...words, "--dry-run");
    expect(shown).toStartWith("Would take ");
    expect(shown).toContain("fast = openai/gpt-4o");
    expect(shown).not.toContain("canary");
    expect(existsSync(written)).toBe(false);

    writeFileSync(written, "");
    chmodSync(written, 0o644);
    const told = await operator.prints(...words, "--json");
    expect(told).toContain(`${written} is for its owner alone now (mode 0600, was 0644)`);
    expect(JSON.parse(told)).toMatchObject({ conflicts: [], configuration: { path: written, in_force: false } });
    expect(told).not.toContain("canary");
    expect(readFileSync(written, "utf8")).toContain("sk-canary-of-a-provider");
    const names = (await operator.list("listKeys", "apikey", "list")).map(({ name }) => name);
    expect(names).toContain("ci");
    const [budget] = await operator.list("listBudgets", "budget", "list");
    expect(budget).toMatchObject({ limit_usd: "5", scope_name: "ci" });
    expect(await operator.fails("import", "--from", "litellm", "--input", "/nowhere")).toMatchObject({ code: 2 });
  },
);
