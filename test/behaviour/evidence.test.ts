import { expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { ledgerOperations } from "#core/api/ledger.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(60_000);

function ask(gateway: GatewayProcess, path: string): Promise<Response> {
  return fetch(`http://localhost/api/v1/ledger${path}`, { unix: join(gateway.configDir, "control.sock") });
}

test("L9, F109: an orderly stop anchors every chain, in the database and in the log, and what is changed after it is named", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  for (const name of ["ada", "bob", "eve"]) await gateway.cli("user", "create", `${name}@example.com`);
  await gateway.stop();
  await gateway.serve();
  const listed = ledgerOperations.listAnchors.output.parse(await (await ask(gateway, "/anchors")).json());
  const anchor = listed.data.find(({ stream }) => stream === "audit");
  expect(anchor?.seq).toBeGreaterThanOrEqual(3);
  const line = gateway.stderr.split("\n").find((text) => text.includes("ledger_anchor") && text.includes("audit"));
  expect(line).toContain(anchor?.signature ?? "no signature");
  expect(await (await ask(gateway, "/verification")).json()).toMatchObject({ ok: true });
  await gateway.stop();
  const database = new Database(join(gateway.configDir, "gateway.db"));
  database.run("DROP TRIGGER audit_never_updated");
  database.run("UPDATE audit SET action = 'findUser' WHERE seq = 2");
  database.close();
  await gateway.serve();
  const verdict = ledgerOperations.verifyLedger.output.parse(await (await ask(gateway, "/verification")).json());
  expect(verdict.streams.find(({ stream }) => stream === "audit")).toMatchObject({ bad_seq: 2, reason: "altered" });
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
  expect((await ask(gateway, "/export?stream=everything")).status).toBe(400);
});
