import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { EventStore } from "#core/hooks/event-store.ts";
import { archivedText } from "#core/evidence/anchor-text.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { exportLine } from "#core/evidence/export.ts";
import { exportRow } from "#core/evidence/export-row.ts";
import { type Anchor, type ChainBase, type Stream, type StreamRows, streams } from "#core/evidence/stream.ts";
import type { RowArchive } from "#core/evidence/row-archive.ts";
import { anchorHolds, type VerifyParts } from "#core/evidence/verify.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import type { Part } from "#core/part.ts";
import type { SessionStore } from "#core/session/session-store.ts";

/** What is kept for how long, and by whom. */
export interface RetentionParts extends VerifyParts {
  readonly events: Pick<EventStore, "sweepEvents">;
  readonly sessions: Pick<SessionStore, "sweepSessions">;
  readonly idempotency: Pick<IdempotencyStore, "sweepIdempotent">;
  readonly archive: RowArchive;
  /** Days that rows of the books stay in the database; 0 for ever. */
  readonly retentionDays: number;
  readonly clock: Clock;
  readonly log: Log;
}

const dayMs = 86_400_000;
const firstSweepMs = 60_000;
const sweepEveryMs = 3_600_000;
const toldEventsKeptMs = 30 * dayMs;
/** One transaction each: what else is to be written gets its turn in between. */
const rowsAtOnce = 500;
/** Each may lie on hundreds of pages. */
const answersAtOnce = 50;
const pageRows = 1_000;

/**
 * Forgets what is over, once an hour, in bounded steps: logins and codes, answers kept for idempotency keys, events that were told
 * a month ago, and rows of the books that are older than they have to be. Rows go only as a stretch that ends at a signed anchor,
 * after they were checked and kept in the archive; then the chain begins behind them.
 */
export class Retention implements Part {
  readonly name = "retention";
  readonly #parts: RetentionParts;
  #cancel = (): void => {};
  #work: Promise<void> = Promise.resolve();
  #stopping = false;
  #failing = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#stopping = false;
    this.#sweepAfter(firstSweepMs);
  }

  /** Waits for the step under way; what is left is done after the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancel();
    await this.#work;
  }

  /** Forgets now what is over. Rejects with what went wrong; what was done until then stays done. */
  async sweep(): Promise<void> {
    const { sessions, events, idempotency, clock, retentionDays } = this.#parts;
    const nowMs = clock.now();
    await this.#inSteps((most) => sessions.sweepSessions(nowMs, most));
    await this.#inSteps((most) => events.sweepEvents(nowMs - toldEventsKeptMs, most));
    await this.#inSteps((most) => idempotency.sweepIdempotent(nowMs, most), answersAtOnce);
    for (const stream of streams) {
      if (retentionDays > 0 && !this.#stopping) await this.#archive(stream, nowMs - retentionDays * dayMs);
      // Also what an earlier run, broken off, has archived and not dropped.
      await this.#inSteps((most) => this.#parts.ledger.dropArchivedRows(stream, most));
    }
  }

  #sweepAfter(delayMs: number): void {
    if (this.#stopping) return;
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      this.#work = this.#trySweep().then(() => this.#sweepAfter(sweepEveryMs));
    });
  }

  async #trySweep(): Promise<void> {
    try {
      await this.sweep();
      this.#failing = false;
    } catch (thrown) {
      if (!this.#failing) this.#parts.log.error("retention_failed", { reason: toGatewayError(thrown).message });
      this.#failing = true;
    }
  }

  async #inSteps(step: (most: number) => Promise<number>, most: number = rowsAtOnce): Promise<void> {
    while (!this.#stopping && (await step(most)) >= most);
  }

  async #archive(stream: Stream, toMs: number): Promise<void> {
    const { ledger, archive, signer, clock, log } = this.#parts;
    const [anchor] = await ledger.anchors({ stream, toMs, limit: 1 });
    const base = (await ledger.chainBase(stream)) ?? { seq: 0, hash: chainStart };
    if (anchor === undefined || anchor.seq <= base.seq) return;
    await this.#verify(stream, base, anchor);
    const file = `${stream}-${anchor.nodeId}-${base.seq + 1}-${anchor.seq}`;
    let atMs = anchor.atMs;
    const noteTime = (row: StreamRows[Stream]): void => {
      atMs = row.atMs;
    };
    await archive.keep(file, this.#lines(stream, base, anchor, noteTime));
    const archived = { stream, seq: anchor.seq, hash: anchor.hash, atMs, archivedAtMs: clock.now(), file };
    await ledger.moveChainBase({ ...archived, signature: signer.sign(archivedText(archived)) });
    log.info("ledger_archived", { stream, from_seq: base.seq + 1, to_seq: anchor.seq, file });
  }

  /** Nothing leaves the database that does not hold: it would be the evidence. */
  async #verify(stream: Stream, base: ChainBase, anchor: Anchor): Promise<void> {
    let last = base;
    while (last.seq < anchor.seq) {
      const page = await this.#parts.ledger.checkRows(stream, last, Math.min(pageRows, anchor.seq - last.seq));
      const isWrong = page.anchors.some((anchored) => !anchorHolds(this.#parts, anchored));
      if (page.fault !== undefined || page.rows === 0 || isWrong) {
        throw new GatewayError(
          "storage_corrupt",
          `Row ${page.last.seq + 1} of ${stream} does not hold: nothing is archived.`,
        );
      }
      last = page.last;
    }
  }

  async *#lines(
    stream: Stream,
    base: ChainBase,
    anchor: Anchor,
    note: (row: StreamRows[Stream]) => void,
  ): AsyncGenerator<string, void, undefined> {
    for (let after = base.seq; after < anchor.seq;) {
      if (this.#stopping) throw new GatewayError("unavailable", "The gateway is stopping.");
      const rows = await this.#parts.ledger.scan(stream, after, Math.min(pageRows, anchor.seq - after));
      const last = rows.at(-1);
      if (last === undefined) throw new GatewayError("storage_corrupt", `Row ${after + 1} of ${stream} is missing.`);
      note(last);
      after = last.seq;
      yield rows.map((row) => exportLine("jsonl", exportRow(stream, row))).join("");
    }
  }
}
