/** What was held when a process was killed: charged for what had flowed, freed where nothing had. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { FrameReader } from "../../harness/frame-reader.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { bookedRows, budgetNow, createBudget, setPrice } from "../../harness/money.ts";
import { chunk } from "../../harness/upstream-script.ts";

// A process is started twice.
setDefaultTimeout(60_000);

test("T-22: after kill -9 a stream that had checkpoints is charged as far as they say, another call is freed", async () => {
  using flowing = new FakeUpstream({
    events: Array.from({ length: 1_200 }, () => chunk({ content: " a" })),
    end: "hang",
  });
  using silent = new FakeUpstream({ headDelayMs: Number.POSITIVE_INFINITY });
  const provider = (name: string, { url }: FakeUpstream): string =>
    `[provider.${name}]\ntype = openai-compatible\nbase_url = ${url}\napi_key = k\n`;
  const routes = "[routes]\nflowing = flowing/test-model\nsilent = silent/test-model\n";
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[gateway.auth]\nenabled = false\n${provider("flowing", flowing)}${provider("silent", silent)}${routes}`,
  });
  await setPrice(gateway, "test-model", { input: "1", output: "1" });
  const budget = await createBudget(gateway, { scope: "org", limit_usd: "1" });
  const messages = [{ role: "user", content: "x".repeat(36) }];
  const stream = await chatStream(gateway, { model: "flowing", messages, max_tokens: 5_000 });
  const reader = new FrameReader(stream);
  await reader.next();
  // Read on to the cut: who stops reading pauses the provider.
  const reading = reader.rest().catch(() => undefined);
  const asking = chat(gateway, { model: "silent", messages }).catch(() => undefined);
  await eventually("both are held, and one says how far it is", () => checkpoints(gateway.configDir) === "0,1");
  await gateway.stop("SIGKILL");
  await Promise.all([reading, asking]);
  await gateway.serve();
  const [row, ...others] = await eventually("the row", () => {
    const rows = bookedRows(gateway);
    return rows.length > 0 ? rows : undefined;
  });
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    outcome: "aborted",
    usage_source: "estimated",
    error_code: "recovered",
    input_tokens: 10n,
  });
  const produced = Number(row?.["output_tokens"]);
  expect([produced >= 1_000, produced <= 1_200, row?.["cost_nanos"]]).toEqual([
    true,
    true,
    BigInt(produced + 10) * 1_000n,
  ]);
  expect(await budgetNow(gateway, budget)).toMatchObject({
    spent_nanos: String(row?.["cost_nanos"]),
    reserved_usd: "0",
  });
});

/** Whether each open reservation has a checkpoint, in order. */
function checkpoints(configDir: string): string {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  const open = database
    .query<{ checkpointed: number }, []>("SELECT checkpointed FROM reservation WHERE state = 'reserved'")
    .all();
  return open
    .map(({ checkpointed }) => checkpointed)
    .toSorted()
    .join(",");
}
