import type { Clock } from "#core/effects/clock.ts";
import type { Gauge, Meter } from "#core/effects/meter.ts";
import type { Part } from "#core/part.ts";

/** What is looked at, and how. */
export interface MemoryGuardParts {
  readonly clock: Clock;
  readonly meter: Meter;
  /** What the process may take; undefined where nobody says. */
  readonly limitBytes: number | undefined;
  /** What it holds now. */
  readonly residentBytes: () => number;
  /** Asks the runtime to give back what nobody uses any more. */
  readonly collect: () => void;
}

/** Memory of the process as an operator is shown it. */
export interface MemoryView {
  readonly residentBytes: number;
  readonly limitBytes: number | undefined;
}

const lookMs = 1_000;
/** From here on it is worth a pause to find what can be given back. */
const collectsFromPermille = 850;
/** Not more often than this; a large heap takes half a second, and may stay large for hours: at most a fiftieth of the time. */
const leastCollectMs = 3_000;
const collectShare = 50;

/** Looks each second at how much memory the process holds, so that it sheds load before the kernel ends it (F73). */
export class MemoryGuard implements Part {
  readonly name = "memory guard";
  readonly #parts: MemoryGuardParts;
  readonly #resident: Gauge;
  #cancel: (() => void) | undefined;
  #residentBytes = 0;
  #collectsFromMs = Number.NEGATIVE_INFINITY;

  constructor(parts: MemoryGuardParts) {
    this.#parts = parts;
    const limit = parts.meter.gauge(
      "tokligence_memory_limit_bytes",
      "Memory that the process may take; 0 for no limit.",
    );
    limit.set(parts.limitBytes ?? 0);
    this.#resident = parts.meter.gauge(
      "tokligence_memory_used_ratio",
      "Memory that the process holds, as a share of what it may take.",
    );
  }

  /** At the last look, in thousandths of the limit; 0 where there is none. */
  get permille(): number {
    const { limitBytes } = this.#parts;
    return limitBytes === undefined ? 0 : (this.#residentBytes * 1000) / limitBytes;
  }

  /** Looks now. */
  view(): MemoryView {
    const { limitBytes, residentBytes } = this.#parts;
    return { residentBytes: residentBytes(), limitBytes };
  }

  async start(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#parts.limitBytes !== undefined) this.#look();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    const { clock, residentBytes } = this.#parts;
    this.#residentBytes = residentBytes();
    if (this.permille >= collectsFromPermille && clock.monotonic() >= this.#collectsFromMs) this.#collect();
    this.#resident.set(this.permille / 1000);
    this.#cancel = clock.after(lookMs, () => this.#look());
  }

  /** Nobody is turned away for what can be given back. */
  #collect(): void {
    const { clock, collect, residentBytes } = this.#parts;
    const beganMs = clock.monotonic();
    collect();
    const endedMs = clock.monotonic();
    this.#collectsFromMs = Math.max(beganMs + leastCollectMs, endedMs + collectShare * (endedMs - beganMs));
    this.#residentBytes = residentBytes();
  }
}
