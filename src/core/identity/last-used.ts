import type { Clock } from "#core/effects/clock.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Part } from "#core/part.ts";

const minuteMs = 60_000;
/** So many rows keep the writer busy for a millisecond or two, no longer. */
const batchSize = 500;

/** What remembers the use of keys is built from. */
export interface LastUsedParts {
  readonly store: Pick<IdentityStore, "saveLastUsed">;
  readonly clock: Clock;
}

/**
 * When keys were used last, to the minute: kept in memory, brought into the store once a minute and at the end. A crash, or a
 * store that fails, forgets at most what was not brought there; nobody is held up by either.
 */
export class LastUsed implements Part {
  readonly name = "last-used";
  readonly #parts: LastUsedParts;
  #pending = new Map<KeyId, number>();
  #disarm: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: LastUsedParts) {
    this.#parts = parts;
  }

  /** That a key was used, milliseconds since the epoch. */
  mark(keyId: KeyId, atMs: number): void {
    const minute = atMs - (atMs % minuteMs);
    if (this.#pending.get(keyId) === minute) return;
    this.#pending.set(keyId, minute);
    this.#disarm ??= this.#parts.clock.after(minuteMs, () => {
      this.#disarm = undefined;
      this.#writing = this.#writing.then(() => this.#save());
    });
  }

  async start(): Promise<void> {}

  /** Resolves when everything is in the store, or could not be. */
  async stop(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    await this.#writing;
    await this.#save();
  }

  async #save(): Promise<void> {
    const marks = [...this.#pending].map(([keyId, atMs]) => ({ keyId, atMs }));
    this.#pending = new Map();
    try {
      for (let start = 0; start < marks.length; start += batchSize) {
        await this.#parts.store.saveLastUsed(marks.slice(start, start + batchSize));
      }
    } catch {
      // The look-ups of keys tell of a store that fails; what was used before matters to nobody's request.
    }
  }
}
