import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { chat, withKey } from "../../harness/client.ts";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const withLoopback = "[provider.demo]\ntype = loopback\n[routes]\n* = demo\n";

test("what a gateway has served is summed up, listed, verified and exported, running and stopped alike", async () => {
  await using operator = await Operator.of("running", withLoopback);
  const { gateway } = operator;
  const key = await gateway.createKey();
  for (let call = 0; call < 3; call += 1) {
    expect((await chat(gateway, { model: "loopback" }, withKey(key))).status).toBe(200);
  }
  const looked = async () => {
    const [total, ...more] = await operator.list("usageSummary", "usage", "summary", "--by", "day,model,key");
    expect([total?.requests, more]).toEqual([3, []]);
    const logs = await operator.list(
      "usageLogs",
      "usage",
      "logs",
      "--user",
      "ada@example.com",
      "--outcome",
      "finished",
    );
    expect(logs).toHaveLength(3);
    const [newest] = logs;
    expect(await operator.list("usageLogs", "usage", "logs", "--request", newest?.request_id ?? "")).toEqual([
      newest,
    ] as typeof logs);
    expect(await operator.list("usageLogs", "usage", "logs", "--outcome", "failed")).toEqual([]);
    const { elapsed_ms: _, ...verdict } = await operator.one("verifyLedger", "ledger", "verify");
    expect(verdict.ok).toBe(true);
    const rows = await operator.list("listLedgerRows", "ledger", "export", "--format", "jsonl");
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const file = join(gateway.configDir, "books.csv");
    await gateway.cli("ledger", "export", "--format", "csv", "--output", file);
    expect(readFileSync(file, "utf8").split("\r\n")).toHaveLength(5);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    return { total, logs, rows };
  };
  const running = await looked();
  expect(await gateway.stop()).toBe(0);
  expect(await looked()).toEqual(running);
  expect(await operator.prints("ledger", "verify")).toContain("The books hold");
  expect((await operator.list("listAnchors", "ledger", "anchors")).length).toBeGreaterThan(0);
});
