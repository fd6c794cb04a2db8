import type { Clock } from "#core/effects/clock.ts";
import type { ResponseStore, StoredResponse } from "#core/responses/response-store.ts";

/** How much is kept, and for how long. */
export interface ResponseStoreLimits {
  readonly mostResponses: number;
  readonly mostBytes: number;
  readonly timeToLiveMs: number;
}

interface Entry {
  /** As JSON: nobody can change it, and its size is known. */
  readonly text: string;
  readonly forgetAt: number;
}

/** Bytes of a character in memory. */
const characterBytes = 2;

/**
 * Keeps responses in memory, the oldest forgotten first when there are too many or they are too large together. One that is
 * larger than everything allowed is not kept at all.
 */
export class MemoryResponseStore implements ResponseStore {
  readonly #limits: ResponseStoreLimits;
  readonly #clock: Clock;
  /** In order of age. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: ResponseStoreLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get keepsAny(): boolean {
    return Object.values(this.#limits).every((limit) => limit > 0);
  }

  async keep(tenant: string, id: string, stored: StoredResponse): Promise<void> {
    const key = keyOf(tenant, id);
    this.#forget(key);
    const text = JSON.stringify(stored);
    if (sizeOf(text) > this.#limits.mostBytes) return;
    this.#entries.set(key, { text, forgetAt: this.#clock.monotonic() + this.#limits.timeToLiveMs });
    this.#bytes += sizeOf(text);
    this.#makeRoom();
  }

  async find(tenant: string, id: string): Promise<StoredResponse | undefined> {
    this.#forgetExpired();
    const entry = this.#entries.get(keyOf(tenant, id));
    if (entry === undefined) return undefined;
    const stored: StoredResponse = JSON.parse(entry.text);
    return stored;
  }

  async delete(tenant: string, id: string): Promise<boolean> {
    this.#forgetExpired();
    return this.#forget(keyOf(tenant, id));
  }

  #makeRoom(): void {
    this.#forgetExpired();
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.mostResponses && this.#bytes <= this.#limits.mostBytes) return;
      this.#forget(key);
    }
  }

  #forgetExpired(): void {
    const now = this.#clock.monotonic();
    for (const [key, { forgetAt }] of this.#entries) {
      if (forgetAt > now) return;
      this.#forget(key);
    }
  }

  #forget(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(entry.text);
    return true;
  }
}

function keyOf(tenant: string, id: string): string {
  return JSON.stringify([tenant, id]);
}

function sizeOf(text: string): number {
  return text.length * characterBytes;
}
