/** `serve --takeover` with one of the two killed: the other has the books, with the rows of both. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import type { GatewayProcess } from "../harness/gateway-process.ts";
import { bookedRows, budgetNow, createBudget, setPrice } from "../harness/money.ts";
import { Load, changeMigrations, done, start, successor, takenOverFrom } from "../harness/takeover-scene.ts";
import { chunk } from "../harness/upstream-script.ts";

// Two or three processes are started, and each lingers for a moment.
setDefaultTimeout(60_000);

test("F72 the new one killed with -9 is outlived: the old one takes the books back and goes on, with the rows of both and the budgets that were made meanwhile", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream.url);
  const reader = new FrameReader(await chatStream(gateway));
  await reader.next();
  const next = await takenOverFrom(gateway);
  expect((await chat(next, { model: "loopback" })).status).toBe(200);
  await setPrice(next, "loopback", { input: "1", output: "1" });
  await createBudget(next, { scope: "org", limit_usd: "0.000001" });
  await next.stop("SIGKILL");
  await eventually("everything is taken back", () => gateway.stderr.includes('"taken_back"'));
  await eventually("the budget holds", async () => (await chat(gateway, { model: "loopback" })).status === 402);
  expect([...new Bun.Glob("stores.*").scanSync({ cwd: gateway.configDir, onlyFiles: false })]).toEqual([]);
  upstream.open();
  expect((await reader.rest()).at(-1)).toBe(done);
  expect((await gateway.cli("status")).exitCode).toBe(0);
  expect(await gateway.stop()).toBe(0);
  const served = bookedRows(gateway).filter((row) => row["error_code"] !== "budget_exhausted");
  expect(served.length).toBeGreaterThanOrEqual(2);
  expect(served.every((row) => row["outcome"] === "finished")).toBe(true);
});

test("F67 books that the new one made too new and left are not taken back: the old one ends its streams, their rows wait for the next start", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream.url);
  const reader = new FrameReader(await chatStream(gateway));
  await reader.next();
  const next = await takenOverFrom(gateway);
  changeMigrations(gateway, "INSERT INTO migration (version, name, sha256, applied_at) VALUES (999, 'later', 'x', 0)");
  await next.stop("SIGKILL");
  await eventually("it has tried", () => gateway.stderr.includes('"not_taken_back"'));
  upstream.open();
  expect((await reader.rest()).at(-1)).toBe(done);
  expect(await gateway.exited()).toBe(69);
  expect(bookedRows(gateway)).toEqual([]);
  changeMigrations(gateway, "DELETE FROM migration WHERE version = 999");
  await gateway.serve();
  expect(bookedRows(gateway)).toMatchObject([{ outcome: "finished" }]);
  expect(await Bun.file(`${gateway.configDir}/spool.handover.jsonl`).exists()).toBe(false);
});

test("T-22 the old one killed with -9 after it handed over is charged by its last checkpoint, as after any crash", async () => {
  using upstream = new FakeUpstream({
    events: Array.from({ length: 1_200 }, () => chunk({ content: " a" })),
    end: "hang",
  });
  await using gateway = await start(upstream.url);
  await setPrice(gateway, "test-model", { input: "1", output: "1" });
  const budget = await createBudget(gateway, { scope: "org", limit_usd: "1" });
  const reader = new FrameReader(await chatStream(gateway, { max_tokens: 5_000 }));
  await reader.next();
  const reading = reader.rest().catch(() => undefined);
  await using next = await takenOverFrom(gateway);
  await eventually("a checkpoint", () => isCheckpointed(gateway));
  expect(await budgetNow(next, budget)).toMatchObject({
    spent_nanos: "0",
    reserved_usd: expect.not.stringMatching(/^0$/),
  });
  expect(next.stderr).not.toContain("reservations_recovered");
  await gateway.stop("SIGKILL");
  await reading;
  const [row] = await eventually("its row", () => (bookedRows(next).length > 0 ? bookedRows(next) : undefined));
  expect(row).toMatchObject({ outcome: "aborted", error_code: "recovered", usage_source: "estimated" });
  expect(await budgetNow(next, budget)).toMatchObject({ spent_nanos: String(row?.["cost_nanos"]), reserved_usd: "0" });
});

test("F72 killed with -9 at any step, either one is outlived by the other: each row stands in the books once, nothing stays held", async () => {
  await using first = await start("http://127.0.0.1:9");
  await setPrice(first, "loopback", { input: "1", output: "1" });
  const budget = await createBudget(first, { scope: "org", limit_usd: "1000" });
  const load = new Load(first, 0);
  const goesOn = async () => {
    const before = load.answered;
    await eventually("calls are answered", () => load.answered > before + 20);
    await eventually("rows go to the books", async () => (await fetch(`${first.url}/readyz`)).ok);
  };
  for (const step of ["taking_over", "listening", "taken_over"]) {
    const next = successor(first);
    next.spawn();
    await eventually(step, () => next.stderr.includes(`"${step}"`));
    const backs = first.stderr.split('"taken_back"').length;
    await next.stop("SIGKILL");
    await eventually("everything is taken back", () => first.stderr.split('"taken_back"').length > backs);
    await goesOn();
  }
  let running = first;
  for (const step of ["taking_over", "listening", "taken_over"]) {
    const next = successor(running);
    next.spawn();
    await eventually(step, () => next.stderr.includes(`"${step}"`));
    await running.stop("SIGKILL");
    await eventually("the new one serves", () => next.stdout.includes("listens on"));
    await goesOn();
    running = next;
  }
  await load.ended();
  await eventually("nothing is held", async () => (await budgetNow(running, budget)).reserved_usd === "0");
  expect(await running.stop()).toBe(0);

  const finished = bookedRows(first).filter((row) => row["outcome"] === "finished");
  expect(new Set(finished.map((row) => row["request_id"])).size).toBe(finished.length);
  expect(finished.length).toBeGreaterThanOrEqual(load.answered);
  expect((await first.cli("ledger", "verify")).exitCode).toBe(0);
});

function isCheckpointed({ configDir }: GatewayProcess): boolean {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  return database.query("SELECT 1 FROM reservation WHERE state = 'reserved' AND checkpointed = 1").get() !== null;
}
