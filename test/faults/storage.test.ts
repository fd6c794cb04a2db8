import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UsageLogView } from "#core/api/usage.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { stream } from "../harness/upstream-script.ts";
import { temporaryDirectory } from "../stores/temporary-directory.ts";

const loopback = { model: "loopback" };
const deadlineMs = 30_000;

test("F63 a directory that cannot be used ends the start with 78 and names it", async () => {
  using place = temporaryDirectory();
  writeFileSync(join(place.path, "file"), "");
  for (const path of [join(place.path, "file", "gateway.db"), place.path, "/proc/tokligence/gateway.db"]) {
    await using gateway = new GatewayProcess({
      program: testedProgram,
      environment: { TOKLIGENCE_DATABASE_PATH: path },
    });
    gateway.spawn();
    expect(await gateway.exited()).toBe(78);
    expect(gateway.stderr).toContain(path === place.path ? path : path.slice(0, path.lastIndexOf("/")));
    expect(gateway.stderr.trim().split("\n").length).toBeLessThanOrEqual(3);
    expect(gateway.stderr).not.toMatch(/\bat .*\.ts/);
  }
});

test(
  "F64 after a failed write nothing is acknowledged: exit 75, and every answered call is in the books",
  async () => {
    // A limit on file sizes makes the system refuse a write in the middle of a commit (EFBIG).
    const limited = ["sh", "-c", `trap '' XFSZ; ulimit -f 4000; exec "$0" "$@"`, ...testedProgram];
    await using gateway = await GatewayProcess.start({ program: limited });
    const answered: string[] = [];
    const caller = async (): Promise<void> => {
      for (;;) {
        const response = await chat(gateway, loopback).catch(() => undefined);
        if (response === undefined) return;
        if (![200, 503].includes(response.status)) throw new Error(`Answered with ${response.status}.`);
        const whole = await response.text().then(
          () => response.ok,
          () => false,
        );
        if (whole) answered.push(response.headers.get("x-request-id") ?? "");
      }
    };
    await Promise.all([caller(), caller(), caller(), caller()]);
    expect(await gateway.exited()).toBe(75);
    expect(answered.length).toBeGreaterThan(5);

    const books = await gatewayRows(gateway);
    expect(answered.filter((id) => !books.has(id))).toEqual([]);
  },
  deadlineMs,
);

/** Ids of all rows, read by a command without the limits that the gateway had. */
async function gatewayRows(gateway: GatewayProcess): Promise<Set<string>> {
  await using reader = new GatewayProcess({
    program: testedProgram,
    environment: { TOKLIGENCE_DATABASE_PATH: join(gateway.configDir, "gateway.db") },
  });
  const logs = await reader.cli("usage", "logs", "--json", "--limit", "1000");
  if (logs.exitCode !== 0) throw new Error(logs.stderr);
  const lines = logs.stdout.trimEnd().split("\n");
  return new Set(lines.map((line) => (JSON.parse(line) as UsageLogView).request_id));
}

test(
  "F65 a damaged database is refused at start with 78, named, and left as it is",
  async () => {
    await using gateway = await GatewayProcess.start({ program: testedProgram });
    for (let calls = 0; calls < 20; calls += 1) await (await chat(gateway, loopback)).text();
    expect(await gateway.stop()).toBe(0);
    const path = join(gateway.configDir, "gateway.db");
    const sound = readFileSync(path);
    const inRow = sound.lastIndexOf("loopback");
    for (const [at, length] of [
      [0, 16],
      [inRow, 4],
      [4_096, 64],
    ] as const) {
      const damaged = Buffer.from(sound);
      for (let index = at; index < at + length; index += 1) damaged[index] = (damaged[index] ?? 0) ^ 0x15;
      writeFileSync(path, damaged);
      gateway.stderr = "";
      gateway.spawn();
      expect([at, await gateway.exited()]).toEqual([at, 78]);
      expect(gateway.stderr).toContain(path);
      expect(readFileSync(path).equals(damaged)).toBe(true);
    }
    writeFileSync(path, sound);
    await gateway.serve();
    expect((await chat(gateway, loopback)).status).toBe(200);
  },
  deadlineMs,
);

test(
  "F66 a second gateway on the same data is refused, the first goes on; after kill -9 the next takes over at once",
  async () => {
    await using first = await GatewayProcess.start({ program: testedProgram });
    const sameData = { TOKLIGENCE_DATABASE_PATH: join(first.configDir, "gateway.db") };
    await using second = new GatewayProcess({ program: testedProgram, environment: sameData });
    second.spawn();
    expect(await second.exited()).toBe(69);
    expect(second.stderr).toContain(first.configDir);
    expect((await chat(first, loopback)).status).toBe(200);
    expect((await first.cli("usage", "summary")).exitCode).toBe(0);

    await first.stop("SIGKILL");
    await second.serve();
    expect((await chat(second, loopback)).status).toBe(200);
  },
  deadlineMs,
);

test(
  "a master secret that others may read, or that is none, ends the start with 78",
  async () => {
    await using gateway = new GatewayProcess({ program: testedProgram });
    gateway.write("master.secret", "no secret");
    gateway.spawn();
    expect(await gateway.exited()).toBe(78);
    expect(gateway.stderr).toContain("master.secret");
    expect(gateway.stderr).not.toContain("no secret");
    gateway.write("master.secret", "a5".repeat(32));
    chmodSync(join(gateway.configDir, "master.secret"), 0o644);
    gateway.spawn();
    expect(await gateway.exited()).toBe(78);
  },
  deadlineMs,
);

test(
  "books whose master secret is gone are served only by who says so: 78, and no command makes another one",
  async () => {
    await using gateway = await GatewayProcess.start({ program: testedProgram });
    expect(await gateway.stop()).toBe(0);
    const path = join(gateway.configDir, "master.secret");
    const old = readFileSync(path, "utf8");
    rmSync(path);
    gateway.spawn();
    expect([await gateway.exited(), (await gateway.cli("user", "list")).exitCode]).toEqual([78, 78]);
    const [, remedy = ""] = /master\.secret is missing: .* rotated: (.*)$/m.exec(gateway.stderr) ?? [];
    expect(existsSync(path)).toBe(false);
    expect(Bun.spawnSync(["sh", "-c", remedy]).exitCode).toBe(0);
    expect(readFileSync(path, "utf8")).not.toBe(old);
    await gateway.serve();
  },
  deadlineMs,
);

test("T-32 a report that never ends holds nobody up: calls are answered and booked meanwhile", async () => {
  await using gateway = await startGateway();
  expect((await chat(gateway, loopback)).status).toBe(200);
  const reader = new Database(join(gateway.configDir, "gateway.db"), { readonly: true });
  reader.run("BEGIN");
  const seen = reader.query<{ rows: number }, []>("SELECT count(*) AS rows FROM usage_event").get();
  const answers = await Promise.all(Array.from({ length: 100 }, () => chat(gateway, loopback)));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  expect((await gateway.logs()).length).toBe(101);
  expect(reader.query<{ rows: number }, []>("SELECT count(*) AS rows FROM usage_event").get()).toEqual(seen);
  reader.close();
});

test("T-37 T-33 another program that locks the database delays rows and loses none: no call hears of a lock", async () => {
  using upstream = new FakeUpstream(stream());
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const headers = { authorization: `Bearer ${await gateway.createKey()}` };
  const fresh = { authorization: `Bearer ${await gateway.createKey()}` };
  await (await chat(gateway, { stream: true }, { headers })).text();
  const other = new Database(join(gateway.configDir, "gateway.db"));
  other.run("BEGIN IMMEDIATE");
  const calls = Array.from({ length: 50 }, (_, index) =>
    chat(gateway, { stream: true }, { headers: index % 2 === 0 ? headers : fresh }),
  );
  await eventually("the provider has been asked", () => upstream.calls.length > 1);
  other.run("ROLLBACK");
  other.close();
  for (const answer of await Promise.all(calls)) {
    const text = await answer.text();
    expect([answer.status, text.trimEnd().endsWith("[DONE]")]).toEqual([200, true]);
    expect(text).not.toContain("locked");
  }
  const rows = await gateway.logs();
  expect([rows.length, rows.every((row) => row.outcome === "finished")]).toEqual([51, true]);
});

test(
  "T-37 calls, new keys, reports and commands at the same time meet no lock",
  async () => {
    await using gateway = await startGateway({ keys: true });
    const headers = { authorization: `Bearer ${await gateway.createKey()}` };
    const [calls, keys, reports, commands] = await Promise.all([
      Promise.all(Array.from({ length: 200 }, async () => (await chat(gateway, loopback, { headers })).status)),
      Promise.all(Array.from({ length: 20 }, () => gateway.createKey())),
      Promise.all(Array.from({ length: 20 }, () => gateway.logs())),
      Promise.all([gateway.cli("usage", "summary"), gateway.cli("apikey", "list")]),
    ]);
    expect(new Set(calls)).toEqual(new Set([200]));
    expect(new Set(keys).size).toBe(20);
    expect(reports).toHaveLength(20);
    expect(commands.map((command) => [command.exitCode, command.stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect(await gateway.logs()).toHaveLength(200);
    expect(gateway.output()).not.toMatch(/SQLITE_BUSY|locked/);
  },
  deadlineMs,
);
