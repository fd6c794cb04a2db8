import type { Database, Statement } from "bun:sqlite";
import { type LedgerEntry, reportProtocol, type ReportedEvent } from "#core/ledger/entry.ts";
import type { ChainedEntry } from "#core/ledger/row-encoder.ts";
import { decodeEntry, encodeEntry } from "#integrations/stores/entry-text.ts";

interface ReportedRecord {
  readonly node_id: string;
  readonly seq: number;
  readonly entry: string;
}

/** Usage that was reported, by request id, whatever became of the rows. Only ever used inside the transaction of a settlement. */
export class ReportedEvents {
  readonly #find: Statement<unknown, [string]>;
  readonly #insert: Statement;

  constructor(database: Database) {
    this.#find = database.query("SELECT 1 FROM reported_event WHERE request_id = ?");
    this.#insert = database.query("INSERT INTO reported_event (request_id, node_id, seq, entry) VALUES (?, ?, ?, ?)");
  }

  /** Whether this is a report of what was reported before. */
  has({ protocol, requestId }: LedgerEntry): boolean {
    return protocol === reportProtocol && this.#find.get(requestId) !== null;
  }

  /** Keeps the entry if it is a report. */
  add(chained: ChainedEntry): void {
    if (chained.protocol !== reportProtocol) return;
    const { nodeId, seq, ...entry } = chained;
    this.#insert.run(entry.requestId, nodeId, seq, encodeEntry(entry));
  }
}

/** What was reported under a request id. */
export function findReported(database: Database, requestId: string): ReportedEvent | undefined {
  const found = database
    .query<ReportedRecord, [string]>("SELECT node_id, seq, entry FROM reported_event WHERE request_id = ?")
    .get(requestId);
  if (found === null) return undefined;
  return { ...decodeEntry(found.entry), nodeId: found.node_id, seq: found.seq };
}

/** Takes what a staged archive tells of reports to a gateway, with that gateway's rows. */
export function takeReported(database: Database, nodeId: string): void {
  database.run(
    `INSERT INTO main.reported_event (request_id, node_id, seq, entry)
     SELECT request_id, node_id, seq, entry FROM staged.reported_event WHERE node_id = ? ON CONFLICT DO NOTHING`,
    [nodeId],
  );
}
