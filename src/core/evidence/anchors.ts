import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Signer } from "#core/effects/signer.ts";
import { toGatewayError } from "#core/errors.ts";
import { anchorEvent, anchorLine } from "#core/evidence/anchor-line.ts";
import { anchorText } from "#core/evidence/anchor-text.ts";
import type { ChainEnd } from "#core/evidence/chain-check.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { Part } from "#core/part.ts";

/** What anchors are made with. */
export interface AnchorParts {
  readonly ledger: Pick<EvidenceStore, "chainEnds" | "appendAnchor">;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
}

const lookEveryMs = 1_000;
const anchorEveryRows = 1_000;
const anchorEveryMs = 600_000;

/**
 * Signs the head of each chain every 1,000 rows or 10 minutes, as it looks once a second, and at an orderly stop. Each
 * anchor is also a line of the log, whatever its level: whoever rewrites the database, chain, anchors and all, has not
 * rewritten that.
 */
export class Anchors implements Part {
  readonly name = "anchors";
  readonly #parts: AnchorParts;
  #cancel = (): void => {};
  #looking: Promise<void> = Promise.resolve();
  #failing = false;
  #running = false;

  constructor(parts: AnchorParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#lookLater();
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#cancel();
    await this.#looking;
    await this.#look(() => true);
  }

  #lookLater(): void {
    if (!this.#running) return;
    this.#cancel = this.#parts.clock.after(lookEveryMs, () => {
      this.#looking = this.#look((end) => this.#isDue(end)).then(() => this.#lookLater());
    });
  }

  #isDue({ seq, anchoredSeq, sinceMs }: ChainEnd): boolean {
    return seq - anchoredSeq >= anchorEveryRows || this.#parts.clock.now() - sinceMs >= anchorEveryMs;
  }

  /** Never rejects: books without a fresh anchor go on, and an outage is told once. */
  async #look(isWanted: (end: ChainEnd) => boolean): Promise<void> {
    try {
      const ends = await this.#parts.ledger.chainEnds();
      for (const end of ends) if (end.seq > end.anchoredSeq && isWanted(end)) await this.#anchor(end);
      this.#failing = false;
    } catch (thrown) {
      if (!this.#failing) this.#parts.log.warn("ledger_anchor_failed", { reason: toGatewayError(thrown).message });
      this.#failing = true;
    }
  }

  async #anchor({ stream, nodeId, seq, hash }: ChainEnd): Promise<void> {
    const { ledger, signer, clock, log } = this.#parts;
    const unsigned = { stream, nodeId, seq, hash, atMs: clock.now() };
    const anchor = { ...unsigned, signature: signer.sign(anchorText(unsigned)) };
    await ledger.appendAnchor(anchor);
    log.notice(anchorEvent, { ...anchorLine(anchor), public_key: signer.publicKey.toHex() });
  }
}
