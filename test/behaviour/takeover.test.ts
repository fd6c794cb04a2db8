/** `serve --takeover`: another process takes the port and the books over while callers come and streams run. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { freePort } from "../harness/free-port.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { bookedRows, control, createBudget, setPrice } from "../harness/money.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { Load, changeMigrations, done, loopback, start, successor, takenOverFrom } from "../harness/takeover-scene.ts";
import { chunk } from "../harness/upstream-script.ts";

// Two or three processes are started, and each lingers for a moment.
setDefaultTimeout(60_000);

test("F77 taken over twice under load no request fails, streams end where they began, and each row stands in the books once", async () => {
  await using upstream = await gatedUpstream();
  await using first = await start(upstream.url);
  const load = new Load(first);
  const streams = await Promise.all(Array.from({ length: 5 }, () => chatStream(first)));
  const readers = streams.map((stream) => new FrameReader(stream));
  for (const reader of readers) expect(await reader.next()).toContain('"begun"');

  await using second = await takenOverFrom(first);
  const hasty = successor(second);
  hasty.spawn();
  expect([await hasty.exited(), hasty.stderr]).toEqual([69, expect.stringContaining("has just taken over itself")]);
  upstream.open();
  for (const reader of readers) expect((await reader.rest()).at(-1)).toBe(done);
  expect(await first.exited()).toBe(0);
  // Whoever was refused has not come between the two either.
  expect(first.stderr).not.toContain("ledger_spooling");

  await using third = await takenOverFrom(second);
  expect(await second.exited()).toBe(0);
  const before = load.answered;
  await eventually("the third answers", () => load.answered > before + 100);
  await load.ended();
  expect(load.failures).toEqual([]);
  expect((await third.cli("status")).exitCode).toBe(0);
  expect(await third.stop()).toBe(0);

  const rows = bookedRows(first);
  expect([rows.length, new Set(rows.map((row) => row["request_id"])).size]).toEqual([
    load.answered + 5,
    load.answered + 5,
  ]);
  expect(rows.every((row) => row["outcome"] === "finished")).toBe(true);
  expect((await first.cli("ledger", "verify")).exitCode).toBe(0);
});

test("where nobody runs, --takeover is a plain start; whoever only reaches the port cannot ask for one; a second gateway is refused as ever", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, arguments: ["--takeover"] });
  await gateway.serve();
  const asked = await fetch(`${gateway.url}/takeover/give`, {
    method: "POST",
    body: '{"protocol":1,"stores":"/tmp/x"}',
  });
  expect(asked.status).toBe(404);
  const second = new GatewayProcess({ program: testedProgram, beside: gateway });
  second.spawn();
  expect([await second.exited(), second.stderr]).toEqual([69, expect.stringContaining("already works on")]);
  expect(await gateway.stop()).toBe(0);
});

test("F67 one that cannot start leaves the old alone: a wrong setting, a newer schema, and a port that is found taken only later; no call fails that a budget holds for", async () => {
  using taken = Bun.serve({ port: freePort(), hostname: "127.0.0.1", fetch: () => new Response() });
  using upstream = new FakeUpstream({ events: [chunk({ content: "first " })], end: "hang" });
  await using gateway = await start(upstream.url);
  const stream = new FrameReader(await chatStream(gateway));
  expect(await stream.next()).toContain("first ");
  const wrong = successor(gateway, "--set", "gateway.max_retries=many");
  wrong.spawn();
  expect(await wrong.exited()).toBe(78);

  changeMigrations(gateway, "INSERT INTO migration (version, name, sha256, applied_at) VALUES (999, 'later', 'x', 0)");
  const older = successor(gateway);
  older.spawn();
  expect([await older.exited(), older.stderr]).toEqual([78, expect.stringContaining("newer tokligence (schema 999")]);
  expect(gateway.stderr).not.toContain("handing_over");
  changeMigrations(gateway, "DELETE FROM migration WHERE version = 999");

  await setPrice(gateway, "loopback", { input: "1", output: "1" });
  await createBudget(gateway, { scope: "org", limit_usd: "1000" });
  const load = new Load(gateway);
  const late = successor(gateway, "--set", "metrics.enabled=true", "--set", `metrics.prometheus_port=${taken.port}`);
  late.spawn();
  expect([await late.exited(), late.stderr]).toEqual([69, expect.stringContaining("is in use")]);
  await eventually("everything is taken back", () => gateway.stderr.includes('"taken_back"'));
  const before = load.answered;
  await eventually("it answers on", () => load.answered > before + 20);
  await load.ended();
  expect(load.failures).toEqual([]);
  expect((await gateway.cli("status")).exitCode).toBe(0);

  await using next = await takenOverFrom(gateway);
  expect((await chat(next, { model: "loopback" })).status).toBe(200);
  expect((await stream.rest()).at(-1)).toContain("draining");
  expect(await gateway.exited()).toBe(0);
  // What waited for the one that never served was neither refused nor spooled.
  expect(gateway.stderr).not.toContain("ledger_spooling");
  const rows = bookedRows(gateway);
  expect([rows.length, new Set(rows.map((row) => row["request_id"])).size]).toEqual([
    load.answered + 2,
    load.answered + 2,
  ]);
});

test("F70 told to end while the old one still runs a stream, the new one has it ended too; both end with 0, and its row is booked", async () => {
  using upstream = new FakeUpstream({ events: [chunk({ content: "first " })], end: "hang" });
  await using gateway = await start(upstream.url);
  const stream = new FrameReader(await chatStream(gateway));
  expect(await stream.next()).toContain("first ");
  const next = await takenOverFrom(gateway);
  next.signal("SIGTERM");
  next.signal("SIGTERM");
  expect((await stream.rest()).at(-1)).toContain("draining");
  expect([await gateway.exited(), await next.exited()]).toEqual([0, 0]);
  expect(gateway.stderr).not.toContain("taken_back");
  expect(bookedRows(gateway)).toMatchObject([{ outcome: "aborted", error_code: "draining" }]);
});

test("told to end before it serves, the new one leaves everything to the old one", async () => {
  await using gateway = await start("http://127.0.0.1:9");
  const next = successor(gateway);
  next.spawn();
  await eventually("it has begun", () => next.stderr.includes("taking_over"));
  next.signal("SIGTERM");
  expect([await next.exited(), next.stderr]).toEqual([69, expect.stringContaining("Told to end before it served")]);
  await eventually("everything is taken back", () => gateway.stderr.includes('"taken_back"'));
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  expect((await gateway.cli("status")).exitCode).toBe(0);
});

test("a key revoked at the new one is refused at once on connections that the old one still has", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await start(upstream.url, "", true);
  const key = await gateway.createKey();
  using kept = await RawClient.connect(gateway.url);
  using asked = await RawClient.connect(gateway.url);
  const ask = rawChat(gateway.url, loopback, [`authorization: Bearer ${key}`]);
  for (const client of [kept, asked]) {
    await client.send(ask);
    expect((await client.answer()).status).toBe(200);
  }
  await using next = await takenOverFrom(gateway);
  await asked.send(ask);
  await asked.ended();
  expect(asked.text().match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  expect((await chat(next, { model: "loopback" }, withKey(key))).status).toBe(200);
  const [listed] = ((await control(next, "GET", "/keys")) as { data: { id: string; name: string }[] }).data.filter(
    ({ name }) => name === "test",
  );
  await control(next, "DELETE", `/keys/${listed?.id}`);
  await kept.send(ask);
  await kept.ended();
  expect(kept.text()).toContain("HTTP/1.1 401");
});
