import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Database } from "bun:sqlite";
import { chainStart, createChainHasher } from "#core/ledger/chain.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { anchorEvent, anchorLineSchema, anchorOf } from "#core/evidence/anchor-line.ts";
import { anchorText } from "#core/evidence/anchor-text.ts";
import type { Stream } from "#core/evidence/stream.ts";
import { verifyAnchors } from "#core/evidence/verify-anchors.ts";
import { verifyBooks } from "#core/evidence/verify-books.ts";
import { type LedgerFault, verifyStream } from "#core/evidence/verify.ts";
import { inThreadNode } from "#integrations/stores/sqlite/in-thread.ts";
import { systemDigest } from "#platform/effects.ts";
import { ed25519Signer } from "#platform/ed25519-signer.ts";
import { type Books, emptyBooks } from "./books-of.ts";

const rows = 10_000;
const damaged = 5_678;
const triggers = [
  ...["usage_event", "transfer", "audit", "anchor"].flatMap((table) => [
    `${table}_never_updated`,
    `${table}_never_deleted`,
  ]),
  "usage_event_never_replaced",
  "usage_event_counted_once",
  "transfer_never_replaced",
];

let books: Books;

beforeAll(async () => {
  books = await emptyBooks();
  await books.add(rows);
  await books.anchors.stop();
});

afterAll(async () => {
  await books.stores.close();
});

/** What is seen of the books after somebody with every right on the file has done something to them. */
async function seenAfter<Seen>(
  damage: (database: Database) => void | Promise<void>,
  look: () => Promise<Seen>,
): Promise<Seen> {
  const { database } = books;
  database.run("SAVEPOINT damage");
  try {
    for (const trigger of triggers) database.run(`DROP TRIGGER ${trigger}`);
    await damage(database);
    return await look();
  } finally {
    database.run("ROLLBACK TO damage");
    database.run("RELEASE damage");
  }
}

/** What verification says of a chain then. */
async function after(damage: (database: Database) => void | Promise<void>, stream: Stream = "usage", fromSeq?: number) {
  const { fault } = await seenAfter(damage, () => verifyStream(books.parts, stream, fromSeq));
  return fault;
}

const at = (seq: number, reason: LedgerFault) => ({ seq, reason });

test("L9: whole books hold, every row and anchor of every chain", async () => {
  const [usage, transfer, audit] = await Promise.all(
    (["usage", "transfer", "audit"] as const).map((stream) => verifyStream(books.parts, stream)),
  );
  expect(usage).toMatchObject({ rows, anchors: 10 });
  expect(transfer).toMatchObject({ rows: 9_091, anchors: 7 });
  expect(audit?.rows).toBe(100);
  expect(usage?.fault ?? transfer?.fault ?? audit?.fault).toBeUndefined();
  expect(await books.stores.ledger.checkBalance()).toBeUndefined();
});

describe("F109, L9: of 10,000 rows, the one is named that", () => {
  test("was changed", async () => {
    const flip = (database: Database) =>
      database.run("UPDATE usage_event SET output_tokens = output_tokens + 1 WHERE seq = ?", [damaged]);
    expect(await after((database) => void flip(database))).toEqual(at(damaged, "altered"));
    expect(await after((database) => void flip(database), "usage", 5_001)).toEqual(at(damaged, "altered"));
    expect(await after((database) => void flip(database), "usage", 7_000)).toBeUndefined();
  });

  test("was changed in money alone", async () => {
    const cheaper = "UPDATE usage_event SET cost_nanos = cost_nanos - 1 WHERE seq = ?";
    expect(await after((database) => void database.run(cheaper, [damaged]))).toEqual(at(damaged, "altered"));
  });

  test("was taken out", async () => {
    const drop = "DELETE FROM usage_event WHERE seq = ?";
    expect(await after((database) => void database.run(drop, [damaged]))).toEqual(at(damaged, "gap"));
    expect(await after((database) => void database.run(drop, [1]))).toEqual(at(1, "gap"));
  });

  test("changed places with the next", async () => {
    const swap = async (database: Database) => {
      database.run("UPDATE usage_event SET seq = 99999 WHERE seq = ?", [damaged]);
      database.run("UPDATE usage_event SET seq = seq - 1 WHERE seq = ?", [damaged + 1]);
      database.run("UPDATE usage_event SET seq = ? WHERE seq = 99999", [damaged + 1]);
    };
    expect(await after(swap)).toEqual(at(damaged, "broken_link"));
  });

  test("was put in between", async () => {
    const shift = async (database: Database) => {
      for (let seq = rows; seq >= damaged; seq -= 1) {
        database.run("UPDATE usage_event SET seq = seq + 1 WHERE seq = ?", [seq]);
      }
      database.run(copyRow("request_id", `'forged'`, damaged), [damaged - 1]);
    };
    expect(await after(shift)).toEqual(at(damaged, "broken_link"));
  });

  test("was put to the end", async () => {
    expect(await after((database) => void database.run(copyRow("request_id", `'forged'`, rows + 1), [rows]))).toEqual(
      at(rows + 1, "broken_link"),
    );
  });

  test("is the first that is gone from the end", async () => {
    const truncate = "DELETE FROM usage_event WHERE seq >= ?";
    expect(await after((database) => void database.run(truncate, [damaged]))).toEqual(at(damaged, "truncated"));
    expect(await after((database) => void database.run(truncate, [damaged]), "usage", 9_500)).toEqual(
      at(damaged, "truncated"),
    );
    expect(await after((database) => void database.run(truncate, [1]))).toEqual(at(1, "truncated"));
  });

  test("belongs to another node", async () => {
    const foreign = "UPDATE usage_event SET node_id = 'node_2' WHERE seq = ?";
    expect(await after((database) => void database.run(foreign, [damaged]))).toEqual(at(damaged, "foreign_node"));
  });
});

test("L9: a chain that was computed anew from some row on holds in itself and not against its anchors", async () => {
  expect(await after((database) => recompute(database, damaged))).toEqual(at(6_000, "anchor"));
});

test("L9: nor does it when the anchors were made anew too, by whoever has the database and not the key", async () => {
  const forger = ed25519Signer(new Uint8Array(32).fill(8));
  const forge = async (database: Database) => {
    await recompute(database, damaged);
    const anchors = await books.stores.ledger.anchors({ stream: "usage", limit: 100 });
    for (const anchor of anchors) {
      const hash = database
        .query<{ hash: Uint8Array }, [number]>("SELECT hash FROM usage_event WHERE seq = ?")
        .get(anchor.seq)?.hash;
      if (hash === undefined) throw new Error(`Row ${anchor.seq} is missing.`);
      const signature = forger.sign(anchorText({ ...anchor, hash }));
      database.run("UPDATE anchor SET hash = ?, signature = ? WHERE stream = 'usage' AND seq = ?", [
        hash,
        signature,
        anchor.seq,
      ]);
    }
  };
  expect(await after(forge)).toEqual(at(1_000, "anchor"));
});

describe("L9: what is green once the anchors were taken out too is named by those of the log", () => {
  const node = inThreadNode;
  const inTheLog = () =>
    books.log.lines.flatMap(({ event, fields }) =>
      event === anchorEvent ? [anchorOf(anchorLineSchema.parse(fields))] : [],
    );
  const named = async (damage: (database: Database) => void | Promise<void>) =>
    seenAfter(damage, async () => {
      const { streams } = await verifyBooks(books.parts);
      const { faults } = await verifyAnchors(books.parts, inTheLog());
      return {
        green: streams.every(({ fault }) => fault === undefined),
        faults: faults.map(({ anchor, reason }) => [anchor.stream, anchor.nodeId, anchor.seq, reason]),
      };
    });

  test("whole books agree with every anchor of the log", async () => {
    expect(inTheLog().length).toBeGreaterThan(17);
    expect(await named(() => {})).toEqual({ green: true, faults: [] });
  });

  test("anchors deleted, chain computed anew", async () => {
    const forge = async (database: Database) => {
      await recompute(database, damaged);
      database.run("DELETE FROM anchor WHERE stream = 'usage'");
    };
    const faults = [6_000, 7_000, 8_000, 9_000, 10_000].map((seq) => ["usage", node, seq, "anchor"]);
    expect(await named(forge)).toEqual({ green: true, faults });
  });

  test("tail cut with its anchors", async () => {
    const cut = (database: Database) => {
      database.run("DELETE FROM transfer WHERE ref IN (SELECT request_id FROM usage_event WHERE seq >= 9500)");
      database.run("DELETE FROM usage_event WHERE seq >= 9500");
      database.run("DELETE FROM anchor");
      for (const side of ["debit", "credit"])
        database.run(`UPDATE account AS a SET ${side}_nanos = (SELECT coalesce(sum(amount_nanos), 0) FROM transfer
          WHERE ${side}_kind = a.kind AND ${side}_owner = a.owner)`);
    };
    const found = await named(cut);
    expect(found.green).toBe(true);
    expect(found.faults.toSorted()).toEqual([
      ["transfer", node, 9_091, "truncated"],
      ["usage", node, 10_000, "truncated"],
    ]);
  });

  test("every row of the chain gone, or books of another name", async () => {
    const empty = await named((database) => void database.run("DELETE FROM audit; DELETE FROM anchor"));
    expect(empty).toEqual({ green: true, faults: [50, 100].map((seq) => ["audit", node, seq, "truncated"]) });
    const renamed = await named((database) => void database.run("UPDATE node SET id = 'node_2'"));
    expect(new Set(renamed.faults.map(([, , , reason]) => reason))).toEqual(new Set(["foreign_node"]));
  });

  test("an anchor that somebody else has signed is no proof of anything", async () => {
    const [anchor] = inTheLog();
    if (anchor === undefined) throw new Error("The log has no anchor.");
    const forger = ed25519Signer(new Uint8Array(32).fill(8));
    const forged = { ...anchor, signature: forger.sign(anchorText(anchor)) };
    const faults = [{ anchor: forged, reason: "forged" }];
    expect(await verifyAnchors(books.parts, [forged])).toMatchObject({ archived: 0, faults });
  });
});

test("L9: transfers and the audit are chains like the rows of usage", async () => {
  const dearer = "UPDATE transfer SET amount_nanos = amount_nanos + 1 WHERE seq = ?";
  expect(await after((database) => void database.run(dearer, [damaged]), "transfer")).toEqual(at(damaged, "altered"));
  const dropped = "DELETE FROM transfer WHERE seq = ?";
  expect(await after((database) => void database.run(dropped, [damaged]), "transfer")).toEqual(at(damaged, "gap"));
  const blamed = "UPDATE audit SET actor_user_id = 'usr_9' WHERE seq = ?";
  expect(await after((database) => void database.run(blamed, [42]), "audit")).toEqual(at(42, "altered"));
  const hidden = "DELETE FROM audit WHERE seq >= ?";
  expect(await after((database) => void database.run(hidden, [90]), "audit")).toEqual(at(90, "truncated"));
});

test("an account that is not the sum of its transfers, a row without its transfer, a transfer without its row: each is named", async () => {
  const balance = async (sql: string): Promise<unknown> => {
    let found: unknown;
    await after(async (database) => {
      database.run(sql);
      found = await books.stores.ledger.checkBalance();
    });
    return found;
  };
  expect(await balance("UPDATE account SET debit_nanos = debit_nanos - 1 WHERE kind = 'usage'")).toEqual({
    stream: "transfer",
    seq: 9_091,
  });
  expect(await balance("DELETE FROM transfer WHERE seq = 9091")).toEqual({ stream: "usage", seq: 10_000 });
  expect(await balance("DELETE FROM transfer WHERE seq = 100")).toEqual({ stream: "usage", seq: 109 });
  expect(await balance("DELETE FROM usage_event WHERE seq = 109")).toEqual({ stream: "transfer", seq: 100 });
  expect(await balance("UPDATE transfer SET amount_nanos = amount_nanos + 1 WHERE seq = 100")).toEqual({
    stream: "transfer",
    seq: 100,
  });
});

test("F109: rows, anchors and beginnings of chains can be neither changed nor deleted", () => {
  for (const table of ["usage_event", "transfer", "audit", "anchor"]) {
    expect(() => books.database.run(`UPDATE ${table} SET seq = seq + 100000`)).toThrow("append-only");
    expect(() => books.database.run(`DELETE FROM ${table}`)).toThrow("append-only");
  }
});

/** Copies a row under another number, with one column replaced. */
function copyRow(column: string, value: string, seq: number): string {
  const columns = books.database
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('usage_event')")
    .all()
    .map(({ name }) => name);
  const values = columns.map((name) => (name === "seq" ? String(seq) : name === column ? value : name));
  return `INSERT INTO usage_event (${columns.join(", ")}) SELECT ${values.join(", ")} FROM usage_event WHERE seq = ?`;
}

/** Changes a row and gives it and all that follow the hashes they then have. */
async function recompute(database: Database, fromSeq: number): Promise<void> {
  database.run("UPDATE usage_event SET output_tokens = 0 WHERE seq = ?", [fromSeq]);
  const hash = createChainHasher(systemDigest);
  const write = database.query("UPDATE usage_event SET prev_hash = ?, hash = ? WHERE seq = ?");
  let previous = chainStart;
  for (let seq = 0; ;) {
    const page: readonly LedgerRow[] = await books.stores.ledger.scan("usage", seq, 1_000);
    for (const row of page) {
      const next = hash(previous, rowOnly(row));
      if (row.seq >= fromSeq) write.run(previous, next, row.seq);
      previous = next;
      seq = row.seq;
    }
    if (page.length === 0) return;
  }
}

function rowOnly({ prevHash: _, hash: __, ...row }: LedgerRow) {
  return row;
}
