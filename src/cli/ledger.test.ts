import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
});
afterEach(() => daemon[Symbol.asyncDispose]());

test("books that do not hold are exit 1 and the first bad row", async () => {
  const holds = { ok: true, rows: 1_000, bad_seq: null, reason: null, anchors: 1 };
  const streams = [
    { ...holds, stream: "usage", ok: false, bad_seq: 7, reason: "altered" },
    { ...holds, stream: "transfer" },
    { ...holds, stream: "audit" },
  ];
  const { anchors: _, ...other } = {
    ...holds,
    node_id: "node_x",
    stream: "usage",
    bad_seq: 9,
    reason: "gap",
    ok: false,
  };
  const verdict = { ok: false, streams, imported: [other], elapsed_ms: 12.5 };
  daemon.answers["GET /api/v1/ledger/verification"] = () => Response.json(verdict);
  const { out, error, code } = await daemon.tokligence("ledger", "verify");
  expect([code, error]).toEqual([1, "tokligence: The books do not hold.\n"]);
  expect(out).toMatch(/^usage +1,000 +1 +row 7: it was altered$/m);
  expect(out).toMatch(/^usage of node_x +1,000 +- +row 9: the row before it is missing$/m);
  const plain = await daemon.tokligence("ledger", "verify", "--json");
  expect([plain.code, JSON.parse(plain.out).streams[0].bad_seq]).toEqual([1, 7]);
  daemon.answers["GET /api/v1/ledger/verification"] = () =>
    Response.json({ ...verdict, ok: true, streams: streams.slice(1), imported: [] });
  expect(await daemon.tokligence("ledger", "verify")).toMatchObject({ code: 0, error: "" });
});

test("anchors of a log are asked some at a time; the first that do not hold are listed, and exit is 1 though the chains hold", async () => {
  const verdict = { ok: true, streams: [], imported: [], elapsed_ms: 1 };
  daemon.answers["GET /api/v1/ledger/verification"] = () => Response.json(verdict);
  const fault = { stream: "usage", node_id: "node_x", reason: "anchor" };
  const faults = Array.from({ length: 12 }, (_, index) => ({ ...fault, seq: 1_000 * (index + 1) }));
  daemon.answers["POST /api/v1/ledger/anchors/verification"] = () => Response.json({ ok: false, archived: 5, faults });
  const line = { event: "ledger_anchor", stream: "usage", node_id: "node_x", at_ms: 1, hash: "ab".repeat(32) };
  const log = join(daemon.configDir, "gateway.log");
  const lines = Array.from({ length: 750 }, (_, seq) => ({ ...line, seq: seq + 1, signature: "cd".repeat(64) }));
  writeFileSync(log, lines.map((told) => `${JSON.stringify(told)}\n`).join(""));
  const { out, error, code } = await daemon.tokligence("ledger", "verify", "--anchors", log);
  expect([code, error]).toEqual([1, "tokligence: The books do not hold.\n"]);
  expect(out).toContain("750 anchors in ");
  expect(out).toContain("hold 716, archived 10, wrong 24.");
  expect(out).toMatch(/^usage +node_x +12,000 +it is not what an anchor has signed$/m);
  expect(out).toEndWith("and 4 more\n");
  const asked = daemon.asked.flatMap((text) => text.match(/^POST \S+ (.*)$/)?.[1] ?? []);
  expect(asked.map((body) => JSON.parse(body).anchors.length)).toEqual([500, 250]);
});

test("a chain is exported to its end, into a file that only its owner reads", async () => {
  daemon.answers["GET /api/v1/ledger/rows"] = () => {
    const after = Number(daemon.query.get("after"));
    const seqs = [1, 2, 3].filter((seq) => seq > after).slice(0, 2);
    return Response.json({ data: seqs.map((seq) => ({ seq, requested_model: "=1+1" })) });
  };
  const { out } = await daemon.tokligence("ledger", "export", "--format", "jsonl");
  expect(out).toBe([1, 2, 3].map((seq) => `{"seq":${seq},"requested_model":"=1+1"}\n`).join(""));
  const file = join(daemon.configDir, "usage.csv");
  expect(await daemon.tokligence("ledger", "export", "--format", "csv", "--output", file)).toEqual({
    out: "",
    error: `tokligence: 3 rows of usage in ${file}\n`,
    code: 0,
  });
  expect(readFileSync(file, "utf8")).toEndWith("\r\n1,'=1+1\r\n2,'=1+1\r\n3,'=1+1\r\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
