import type { Database } from "bun:sqlite";
import type {
  AnchoredRow,
  ArchivedRows,
  ChainCheck,
  ChainEnd,
  ImportedChain,
  RowsCheck,
} from "#core/evidence/chain-check.ts";
import { type Anchor, type ChainBase, type Stream, streams } from "#core/evidence/stream.ts";
import type { AnchorQuery } from "#core/evidence/evidence-store.ts";
import { checkBalance } from "#integrations/stores/sqlite/ledger/balance.ts";
import { chainTables } from "#integrations/stores/sqlite/ledger/chain-tables.ts";
import { ChainWalk, ownRows } from "#integrations/stores/sqlite/ledger/chain-walk.ts";
import { ImportedRows, importedChains } from "#integrations/stores/sqlite/ledger/imported-rows.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";
import type { ChainReader, ChainWriter } from "#integrations/stores/sqlite/worker-calls.ts";

interface AnchorRecord {
  readonly stream: Stream;
  readonly node_id: string;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly at: number;
  readonly signature: Uint8Array;
}

interface AnchoredRecord extends AnchorRecord {
  readonly row_hash: Uint8Array;
}

const anchorColumns = "a.stream, a.node_id, a.seq, a.hash, a.at, a.signature";
const newestAnchors = `SELECT ${anchorColumns} FROM anchor AS a
  WHERE (?1 IS NULL OR stream = ?1) AND (?2 IS NULL OR seq <= ?2) AND (?3 IS NULL OR at <= ?3) ORDER BY id DESC LIMIT ?4`;

/** What is asked of the chains, on the reader's thread. */
export function chainReaderCalls(database: Database): ChainReader {
  const walks = new Map<Stream, ChainWalk>();
  return {
    head(stream) {
      const { table } = chainTables[stream];
      return (
        database.query<ChainBase, []>(`SELECT seq, hash FROM ${table} ORDER BY seq DESC LIMIT 1`).get() ?? undefined
      );
    },
    chainBase(stream) {
      const newest = database.query<ArchivedRows, [string]>(
        `SELECT stream, seq, hash, at AS atMs, archived_at AS archivedAtMs, file, signature
           FROM chain_base WHERE stream = ? ORDER BY seq DESC LIMIT 1`,
      );
      return newest.get(stream) ?? undefined;
    },
    anchors({ stream, upToSeq, toMs, limit }: AnchorQuery) {
      const newest = database.query<AnchorRecord, [string | null, number | null, number | null, number]>(newestAnchors);
      return newest.all(stream ?? null, upToSeq ?? null, toMs ?? null, limit).map(toAnchor);
    },
    checkRows(stream, after, limit): ChainCheck {
      const nodeId = readOne<{ id: string }>(database, "SELECT id FROM node")?.id;
      const walk = walks.get(stream) ?? new ChainWalk(stream, nodeId, ownRows(database, stream));
      walks.set(stream, walk);
      const found = walk.check(after, limit);
      return { ...found, anchors: anchorsBetween(database, stream, after.seq, found.last.seq) };
    },
    importedChains: () => importedChains(database),
    checkImportedRows: (chain, after, limit) => checkImportedRows(database, chain, after, limit),
    checkBalance: () => checkBalance(database),
  };
}

/** What changes beside the rows themselves, on the writer's thread. */
export function chainWriterCalls(database: Database, commits: Commits): ChainWriter {
  const append = commits.durable(({ stream, nodeId, seq, hash, atMs, signature }: Anchor) => {
    database
      .query(
        `INSERT INTO anchor (stream, node_id, seq, hash, at, signature) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (stream, seq) DO NOTHING`,
      )
      .run(stream, nodeId, seq, hash, atMs, signature);
  });
  const move = commits.durable((base: ArchivedRows) => moveBase(database, base));
  const drop = commits.durable((asked: { readonly stream: Stream; readonly limit: number }) =>
    dropRows(database, asked),
  );
  return {
    chainEnds: () => streams.flatMap((stream) => endOf(database, stream)),
    appendAnchor: append,
    moveChainBase: move,
    dropArchivedRows: (stream, limit) => drop({ stream, limit }),
  };
}

function checkImportedRows(
  database: Database,
  chain: ImportedChain,
  after: ChainBase | undefined,
  limit: number,
): RowsCheck {
  const rows = new ImportedRows(database, chain);
  const walk = new ChainWalk(chain.stream, chain.nodeId, rows.page);
  const found = walk.check(after ?? rows.begin(), limit);
  if (found.fault?.reason !== "gap") return found;
  const resumed = rows.resume(found.fault.seq);
  if (resumed === undefined) return found;
  const more = walk.check(resumed, limit);
  return { ...more, rows: found.rows + more.rows };
}

function anchorsBetween(database: Database, stream: Stream, afterSeq: number, toSeq: number): readonly AnchoredRow[] {
  const between = database.query<AnchoredRecord, [string, number, number]>(
    `SELECT ${anchorColumns}, r.hash AS row_hash FROM anchor AS a JOIN ${chainTables[stream].table} AS r USING (seq)
      WHERE a.stream = ? AND a.seq > ? AND a.seq <= ? ORDER BY a.seq`,
  );
  return between.all(stream, afterSeq, toSeq).map((record) => ({ anchor: toAnchor(record), rowHash: record.row_hash }));
}

function endOf(database: Database, stream: Stream): readonly ChainEnd[] {
  const { table } = chainTables[stream];
  const end = database.query<Omit<ChainEnd, "stream">, [string]>(
    `SELECT r.seq, r.hash, (SELECT id FROM node) AS nodeId, coalesce(a.seq, 0) AS anchoredSeq,
            coalesce(a.at, (SELECT at FROM ${table} ORDER BY seq LIMIT 1)) AS sinceMs
       FROM (SELECT seq, hash FROM ${table} ORDER BY seq DESC LIMIT 1) AS r
       LEFT JOIN (SELECT seq, at FROM anchor WHERE stream = ? ORDER BY seq DESC LIMIT 1) AS a ON true`,
  );
  return end.all(stream).map((record) => ({ stream, ...record }));
}

function moveBase(database: Database, base: ArchivedRows): void {
  const { stream, seq, hash, atMs, archivedAtMs, file, signature } = base;
  if (stream === "transfer") keepAccountSums(database, seq);
  database
    .query("INSERT INTO chain_base (stream, seq, hash, at, archived_at, file, signature) VALUES (?, ?, ?, ?, ?, ?, ?)")
    .run(stream, seq, hash, atMs, archivedAtMs, file, signature);
}

/** What the transfers that are about to go have added to each account. */
function keepAccountSums(database: Database, seq: number): void {
  database
    .query(
      `INSERT INTO archived_account (base_seq, kind, owner, debit_nanos, credit_nanos)
       WITH gone AS (SELECT * FROM transfer WHERE seq <= ?1
          AND seq > (SELECT coalesce(max(seq), 0) FROM chain_base WHERE stream = 'transfer')),
       side AS (SELECT debit_kind AS kind, debit_owner AS owner, amount_nanos AS debit, 0 AS credit FROM gone
          UNION ALL SELECT credit_kind, credit_owner, 0, amount_nanos FROM gone)
       SELECT ?1, kind, owner, sum(debit), sum(credit) FROM side GROUP BY kind, owner`,
    )
    .run(seq);
}

function dropRows(database: Database, { stream, limit }: { readonly stream: Stream; readonly limit: number }): number {
  const { table } = chainTables[stream];
  const gone = `SELECT seq FROM ${table} WHERE seq < (SELECT max(seq) FROM ${table})
    AND seq <= (SELECT max(seq) FROM chain_base WHERE stream = ?) ORDER BY seq LIMIT ?`;
  return database.query(`DELETE FROM ${table} WHERE seq IN (${gone})`).run(stream, limit).changes;
}

function toAnchor({ stream, node_id, seq, hash, at, signature }: AnchorRecord): Anchor {
  return { stream, nodeId: node_id, seq, hash, atMs: at, signature };
}
