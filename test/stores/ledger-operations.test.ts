import { afterEach, beforeEach, expect, test } from "bun:test";
import { ledgerHandlers } from "#core/administration/ledger-administration.ts";
import { ledgerOperations } from "#core/api/ledger.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import type { Signer } from "#core/effects/signer.ts";
import { anchorEvent } from "#core/evidence/anchor-line.ts";
import { anchorText, archivedText } from "#core/evidence/anchor-text.ts";
import { exportText } from "#core/evidence/export.ts";
import { ed25519Signer } from "#platform/ed25519-signer.ts";
import { systemDigest } from "#platform/effects.ts";
import { type Books, emptyBooks } from "./books-of.ts";

const caller = {} as Caller;

let books: Books;
let handlers: ReturnType<typeof ledgerHandlers>;

beforeEach(async () => {
  books = await emptyBooks();
  handlers = ledgerHandlers({ ...books.parts, digest: systemDigest, clock: books.clock });
});

afterEach(async () => {
  await books.stores.close();
});

const rowsInput = (input: unknown) => parseInput(ledgerOperations.listLedgerRows.input, input);

test("empty books are in order", async () => {
  const verdict = await handlers.verifyLedger({}, caller);
  expect(verdict).toMatchObject({ ok: true });
  expect(verdict.streams.map(({ stream, rows, ok }) => [stream, rows, ok])).toEqual([
    ["usage", 0, true],
    ["transfer", 0, true],
    ["audit", 0, true],
  ]);
});

test("verification names the first row that does not hold, in the words of the API", async () => {
  await books.add(300, 100);
  books.database.run("DROP TRIGGER usage_event_never_updated");
  books.database.run("UPDATE usage_event SET key_id = 'key_2' WHERE seq = 150");
  books.database.run("UPDATE account SET credit_nanos = credit_nanos + 1");
  const verdict = ledgerOperations.verifyLedger.output.parse(await handlers.verifyLedger({}, caller));
  expect(verdict.ok).toBe(false);
  expect(verdict.streams[0]).toMatchObject({ ok: false, rows: 149, bad_seq: 150, reason: "altered" });
  expect(verdict.streams[1]).toMatchObject({ ok: false, reason: "unbalanced" });
  expect(verdict.streams[2]).toMatchObject({ ok: true, bad_seq: null, reason: null });
});

test("rows of every chain are listed in pages under the names of their columns, and pass the schema", async () => {
  await books.add(200, 100);
  for (const stream of ["usage", "transfer", "audit"] as const) {
    const first = await handlers.listLedgerRows(rowsInput({ stream, limit: 2 }), caller);
    const { data } = ledgerOperations.listLedgerRows.output.parse(first);
    expect(data.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(String(data[0]?.hash)).toBe(String(data[1]?.prev_hash));
  }
  const { data } = await handlers.listLedgerRows(rowsInput({ after: "199" }), caller);
  expect(data).toMatchObject([
    { seq: 200, request_id: "req_200", cost_usd: "0.000000002", user_id: "usr_1", team_id: null },
  ]);
});

test("anchors are shown newest first, and whoever has the public key can check them with standard tools", async () => {
  await books.add(2_500, 500);
  await books.anchors.stop();
  const { public_key, data } = ledgerOperations.listAnchors.output.parse(
    await handlers.listAnchors({ limit: 100 }, caller),
  );
  const usage = data.filter(({ stream }) => stream === "usage");
  expect(usage.map(({ seq }) => seq)).toEqual([2_500, 2_000, 1_000]);
  const key = await crypto.subtle.importKey("raw", Uint8Array.fromHex(public_key), "Ed25519", false, ["verify"]);
  for (const { stream, node_id, seq, hash, at, signature } of data) {
    const lines = ["tokligence-anchor-1", stream, node_id, seq, hash, Date.parse(at), ""];
    const text = new TextEncoder().encode(lines.join("\n"));
    const signed = Uint8Array.fromHex(signature);
    expect(anchorText({ stream, nodeId: node_id, seq, hash: Uint8Array.fromHex(hash), atMs: Date.parse(at) })).toEqual(
      text,
    );
    expect(await crypto.subtle.verify("Ed25519", key, signed, text)).toBe(true);
  }
});

test("every anchor is a line of the log with all that is needed to check it against the database later", async () => {
  await books.add(1_000);
  await books.anchors.stop();
  const [anchor] = await books.stores.ledger.anchors({ stream: "usage", limit: 1 });
  const line = books.log.lines.find(({ event, fields }) => event === "ledger_anchor" && fields.stream === "usage");
  expect(line?.fields).toMatchObject({
    node_id: "node_1",
    seq: 1_000,
    hash: anchor?.hash.toHex(),
    signature: anchor?.signature.toHex(),
  });
});

test("L9: anchors of the log whose rows were archived are counted and no fault, unless somebody else has called them archived", async () => {
  await books.add(3_000);
  await books.anchors.stop();
  const logged = books.log.lines.flatMap(({ event, fields }) => (event === anchorEvent ? [fields] : []));
  const input = parseInput(ledgerOperations.verifyAnchors.input, {
    anchors: logged.filter(({ stream }) => stream === "usage"),
  });
  const verdict = async () => ledgerOperations.verifyAnchors.output.parse(await handlers.verifyAnchors(input, caller));
  expect(await verdict()).toEqual({ ok: true, archived: 0, faults: [] });
  const [, second] = (await books.stores.ledger.anchors({ stream: "usage", limit: 10 })).toReversed();
  if (second === undefined) throw new Error("There is no second anchor.");
  const archive = async (signer: Signer, seq: number): Promise<void> => {
    const base = { ...second, seq, archivedAtMs: books.clock.now(), file: "usage.gz" };
    await books.stores.ledger.moveChainBase({ ...base, signature: signer.sign(archivedText(base)) });
    await books.stores.ledger.dropArchivedRows("usage", 5_000);
  };
  await archive(books.parts.signer, second.seq);
  expect(await verdict()).toEqual({ ok: true, archived: 1, faults: [] });
  await archive(ed25519Signer(new Uint8Array(32).fill(8)), second.seq + 500);
  const { ok, faults } = await verdict();
  expect([ok, faults.map(({ seq, reason }) => [seq, reason])]).toEqual([
    false,
    [1_000, 2_000].map((seq) => [seq, "truncated"]),
  ]);
});

test("a quiet chain is anchored ten minutes after its first new row, once, and at an orderly stop", async () => {
  await books.add(3, 1);
  const seqs = async (): Promise<readonly number[]> =>
    (await books.stores.ledger.anchors({ stream: "usage", limit: 10 })).map(({ seq }) => seq);
  expect(await seqs()).toEqual([]);
  await books.clock.run(3_600_000);
  expect(await seqs()).toEqual([3]);
  await books.add(1);
  await books.anchors.stop();
  expect(await seqs()).toEqual([4, 3]);
});

test("a chain is exported whole, a page at a time, as CSV with names or as JSON lines", async () => {
  await books.add(2_100, 700);
  const textOf = async (format: "csv" | "jsonl"): Promise<string> => {
    const pages: string[] = [];
    for await (const page of exportText((question) => handlers.listLedgerRows(question, caller), "transfer", format))
      pages.push(page);
    return pages.join("");
  };
  const csv = (await textOf("csv")).split("\r\n");
  expect(csv[0]).toBe(
    "node_id,seq,at,debit_kind,debit_owner,credit_kind,credit_owner,amount_usd,kind,ref,price_version,prev_hash,hash",
  );
  expect(csv).toHaveLength(1_910 + 2);
  const lines = (await textOf("jsonl"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1_910);
  expect(lines[0]).toMatchObject({ seq: 1, debit_kind: "usage", credit_owner: "openai", amount_usd: "0.000000001" });
});
