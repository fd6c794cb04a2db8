import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Gauge, Meter } from "#core/effects/meter.ts";
import { toGatewayError } from "#core/errors.ts";
import type { VerifyParts } from "#core/evidence/verify.ts";
import { type BooksVerdict, verifyBooks } from "#core/evidence/verify-books.ts";
import type { Part } from "#core/part.ts";

/** What the nightly check works with. */
export interface NightlyCheckParts extends VerifyParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const dayMs = 86_400_000;
/** 03:00 UTC. */
const hourOfCheckMs = 3 * 3_600_000;
/** A timer that rings early must not ring twice. */
const soonestMs = 60_000;

/**
 * Verifies the whole books every night at 03:00 UTC, imported ones too: chains a page at a time, money in one pass that nobody
 * waits for. `ledger_verified` says that they hold, `ledger_broken` names each chain that does not and its first bad row. What
 * it finds ends nothing.
 */
export class NightlyCheck implements Part {
  readonly name = "nightly-check";
  readonly #parts: NightlyCheckParts;
  readonly #broken: Gauge;
  readonly #verifiedAt: Gauge;
  #cancel = (): void => {};
  #running = false;

  constructor(parts: NightlyCheckParts) {
    this.#parts = parts;
    this.#broken = parts.meter.gauge(
      "tokligence_ledger_broken_chains",
      "Chains of the books that did not hold when they were last verified in full.",
    );
    this.#verifiedAt = parts.meter.gauge(
      "tokligence_ledger_verified_timestamp_seconds",
      "When the books were last verified in full, whatever was found.",
    );
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#checkLater();
  }

  /** Waits for nothing: a check under way ends with the store. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
  }

  /** Verifies now and tells what it found. Never rejects. */
  async check(): Promise<void> {
    const { clock, log } = this.#parts;
    const startedMs = clock.monotonic();
    try {
      const verdict = await verifyBooks(this.#parts);
      this.#tell(verdict, clock.monotonic() - startedMs);
    } catch (thrown) {
      if (this.#running) log.warn("ledger_not_verified", { reason: toGatewayError(thrown).message });
    }
  }

  #checkLater(): void {
    if (!this.#running) return;
    const { clock } = this.#parts;
    const sinceCheckMs = (((clock.now() + soonestMs - hourOfCheckMs) % dayMs) + dayMs) % dayMs;
    this.#cancel = clock.after(dayMs - sinceCheckMs + soonestMs, () => {
      void this.check().then(() => this.#checkLater());
    });
  }

  #tell({ streams, imported }: BooksVerdict, elapsedMs: number): void {
    const { clock, log } = this.#parts;
    const chains = [...streams, ...imported];
    const broken = chains.filter(({ fault }) => fault !== undefined);
    this.#broken.set(broken.length);
    this.#verifiedAt.set(clock.now() / 1_000);
    for (const chain of broken) {
      const node = "nodeId" in chain ? { node_id: chain.nodeId } : {};
      log.error("ledger_broken", { stream: chain.stream, ...node, seq: chain.fault?.seq, reason: chain.fault?.reason });
    }
    const rows = chains.reduce((sum, chain) => sum + chain.rows, 0);
    if (broken.length === 0) log.info("ledger_verified", { chains: chains.length, rows, elapsed_ms: elapsedMs });
  }
}
