import { expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { ledgerOperations } from "#core/api/ledger.ts";
import { type AnchorLine, readAnchorLine } from "#core/evidence/anchor-line.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { rejectionOf } from "../harness/rejection-of.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(60_000);

function ask(gateway: GatewayProcess, path: string): Promise<Response> {
  return fetch(`http://localhost/api/v1/ledger${path}`, { unix: join(gateway.configDir, "control.sock") });
}

/** Does something to the file of the books as somebody with every right on it. */
function damage(gateway: GatewayProcess, ...statements: readonly string[]): void {
  using database = new Database(join(gateway.configDir, "gateway.db"));
  for (const trigger of ["audit_never_updated", "audit_never_deleted", "anchor_never_deleted"]) {
    database.run(`DROP TRIGGER IF EXISTS ${trigger}`);
  }
  for (const statement of statements) database.run(statement);
}

test("L9, F109: an orderly stop anchors every chain, in the database and in the log whatever its level, and what is changed after it is named, at the next start too", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram, configuration: "log_level = error\n" });
  for (const name of ["ada", "bob", "eve"]) await gateway.cli("user", "create", `${name}@example.com`);
  await gateway.stop();
  await gateway.serve();
  const listed = ledgerOperations.listAnchors.output.parse(await (await ask(gateway, "/anchors")).json());
  const anchor = listed.data.find(({ stream }) => stream === "audit");
  expect(anchor?.seq).toBeGreaterThanOrEqual(3);
  const line = gateway.stderr.split("\n").find((text) => text.includes("ledger_anchor") && text.includes("audit"));
  expect(line).toContain(anchor?.signature ?? "no signature");
  expect(await (await ask(gateway, "/verification")).json()).toMatchObject({ ok: true });
  damage(gateway, "UPDATE audit SET action = 'findUser' WHERE seq = 2");
  const verdict = ledgerOperations.verifyLedger.output.parse(await (await ask(gateway, "/verification")).json());
  expect(verdict.streams.find(({ stream }) => stream === "audit")).toMatchObject({ bad_seq: 2, reason: "altered" });
  await gateway.stop();
  const named = "row 2 of audit does not hold (altered)";
  expect(String(await rejectionOf(gateway.serve()))).toContain("did not start");
  expect(gateway.stderr).toContain(named);
  const { exitCode, stderr } = await gateway.cli("ledger", "verify");
  expect([exitCode, stderr]).toEqual([78, expect.stringContaining(named)]);
});

test("L9: an end that was cut off with its anchors is missed by the log alone: ledger verify --anchors names stream, node and row, stopped and running", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  for (const name of ["ada", "bob", "eve"]) await gateway.cli("user", "create", `${name}@example.com`);
  await gateway.stop();
  const [anchor] = gateway.stderr.split("\n").flatMap((line): readonly AnchorLine[] => {
    const read = readAnchorLine(line);
    return read === undefined || read === "unreadable" ? [] : [read];
  });
  expect(anchor).toMatchObject({ stream: "audit" });
  gateway.write("gateway.log", gateway.stderr);
  const log = join(gateway.configDir, "gateway.log");
  const verify = (...words: readonly string[]) => gateway.cli("ledger", "verify", ...words);
  const whole = await verify("--anchors", log);
  expect([whole.exitCode, whole.stderr]).toEqual([0, ""]);
  expect(whole.stdout).toMatch(/^1 anchor in .*gateway\.log: hold 1, archived 0, wrong 0\.\nThe books hold/m);
  damage(gateway, "DELETE FROM audit WHERE seq > 1", "DELETE FROM anchor");
  expect((await verify()).exitCode).toBe(0);
  for (const state of ["stopped", "running"]) {
    if (state === "running") await gateway.serve();
    const cut = await verify("--anchors", log);
    expect([state, cut.exitCode, cut.stderr]).toEqual([state, 1, "tokligence: The books do not hold.\n"]);
    expect(cut.stdout).toContain("hold 0, archived 0, wrong 1.");
    expect(cut.stdout).toMatch(/^audit +node_\S+ +\d +an anchor has signed it, and it is missing$/m);
    const { ok, log: found } = JSON.parse((await verify("--anchors", log, "--json")).stdout);
    const fault = { stream: "audit", node_id: anchor?.node_id, seq: anchor?.seq, reason: "truncated" };
    expect({ ok, found }).toEqual({ ok: false, found: { anchors: 1, archived: 0, faults: [fault] } });
  }
});

test("L9: what commands change while it is stopped is signed when it serves, so that no anchor is missing from its log", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  expect(await gateway.cli("user", "create", "ada@example.com")).toMatchObject({ exitCode: 0, stderr: "" });
  const anchors = async () => (await gateway.cli("ledger", "anchors", "--json")).stdout.split("\n").slice(0, -1);
  expect(await anchors()).toEqual([]);
  await gateway.serve();
  await gateway.stop();
  expect(await anchors()).toHaveLength(1);
  expect(gateway.stderr.match(/"event":"ledger_anchor"/g)).toHaveLength(1);
});

test("L9: a log without an anchor is no evidence, and one that is cut says so", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  gateway.write("empty.log", '{"event":"started"}\n{"event":"ledger_anchor","stream":"audit","no');
  const file = join(gateway.configDir, "empty.log");
  expect(await gateway.cli("ledger", "verify", "--anchors", file)).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `tokligence: ${file}:2: an anchor that cannot be read.\ntokligence: --anchors: ${file} has no line ledger_anchor.\n`,
  });
  const missing = await gateway.cli("ledger", "verify", "--anchors", `${file}.gone`);
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("empty.log.gone")]);
});

test("F99: a chain is exported through the API as CSV, where no cell is a formula, and as JSON lines", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  for (const name of ["ada", "bob"]) await gateway.cli("user", "create", `${name}@example.com`);
  const csv = await ask(gateway, "/export?stream=audit&format=csv");
  expect(csv.headers.get("content-type")).toStartWith("text/csv");
  expect(csv.headers.get("content-disposition")).toContain("audit.csv");
  const lines = (await csv.text()).trimEnd().split("\r\n");
  expect(lines[0]).toStartWith("seq,at,actor_kind,");
  expect(lines.length).toBeGreaterThanOrEqual(3);
  const json = await (await ask(gateway, "/export?stream=audit&format=jsonl")).text();
  const rows = json
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.length).toBe(lines.length - 1);
  expect(rows.at(-1)).toMatchObject({ seq: rows.length, action: "createUser" });
  expect(await (await ask(gateway, "/export?stream=usage&format=jsonl")).text()).toBe("");
  // Text of a caller's own choice, which a spreadsheet would run.
  await (await chat(gateway, { model: "=1+1" })).text();
  const table = await eventually("the call is a row", async () => {
    const text = await (await ask(gateway, "/export?stream=usage&format=csv")).text();
    return text.includes("1+1") ? text : undefined;
  });
  const cells = table.split(/[,\r\n]+/);
  expect(cells).toContain("'=1+1");
  expect(cells.filter((cell) => /^"?[=+@]/.test(cell))).toEqual([]);
  expect((await ask(gateway, "/export?stream=everything")).status).toBe(400);
});
