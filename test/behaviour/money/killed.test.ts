/** What becomes of calls that a hard budget held an amount for when the process is killed. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { chatStream } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { bookedRows, budgetNow, createBudget, setPrice, sumOf } from "../../harness/money.ts";
import { chunk } from "../../harness/upstream-script.ts";

setDefaultTimeout(60_000);

const upstream = new FakeUpstream();
afterAll(() => upstream.stop());

const configuration = `[provider.up]
type = openai-compatible
base_url = ${upstream.url}
api_key = k

[routes]
* = up
`;

/** How many calls the books hold an amount for, by whether a checkpoint says that tokens flowed. */
function held({ configDir }: GatewayProcess): Readonly<Record<"flowed" | "untouched", number>> {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  const count = database.query<{ count: number }, [number]>(
    "SELECT count(*) AS count FROM reservation WHERE state = 'reserved' AND checkpointed = ?",
  );
  return { flowed: count.get(1)?.count ?? 0, untouched: count.get(0)?.count ?? 0 };
}

test("a stream is settled by its last checkpoint, a call that nothing came of costs nothing, and nothing stays held", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram, configuration });
  await setPrice(gateway, "test-model", { input: "1", output: "2" });
  const budget = await createBudget(gateway, { scope: "org", limit_usd: "10" });

  // 8,000 characters are some 2,000 tokens: enough for a checkpoint.
  upstream.script({ events: [chunk({ content: "word ".repeat(1_600) })], end: "hang" });
  // The signal holds the answer: collected, its connection would close.
  const leaving = new AbortController();
  const answer = await chatStream(gateway, {}, { signal: leaving.signal });
  await answer.body?.getReader().read();
  upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
  void chatStream(gateway).catch(() => undefined);
  await eventually("one checkpoint, two calls", () => {
    const { flowed, untouched } = held(gateway);
    return flowed === 1 && untouched === 1;
  });
  expect(Number((await budgetNow(gateway, budget)).reserved_usd)).toBeGreaterThan(0);

  await gateway.stop("SIGKILL");
  leaving.abort();
  await gateway.serve();

  const rows = bookedRows(gateway);
  expect(rows).toMatchObject([{ outcome: "aborted", error_code: "recovered", usage_source: "estimated" }]);
  expect(rows[0]?.["output_tokens"]).toBeGreaterThan(1_000n);
  const after = await budgetNow(gateway, budget);
  expect([after.reserved_usd, after.spent_nanos]).toEqual(["0", String(sumOf(rows, "cost_nanos"))]);
  expect(Number(after.spent_usd)).toBeGreaterThan(0);
  expect(held(gateway)).toEqual({ flowed: 0, untouched: 0 });
  expect(gateway.stdout + gateway.stderr).toContain("reservations_recovered");
});
