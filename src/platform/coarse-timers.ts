const slotMs = 50;
/** Ticks between two looks for slots that hold nothing any more, about a minute. */
const ticksBetweenSweeps = 1200;

/** A link of a slot's ring. Rings, not sets: a set that is filled and emptied thousands of times a second rehashes. */
class Link {
  previous: Link = this;
  next: Link = this;
  readonly run: () => void;

  constructor(run: () => void) {
    this.run = run;
  }

  /** Puts itself at the end of a ring. */
  join(ring: Link): void {
    this.previous = ring.previous;
    this.next = ring;
    ring.previous.next = this;
    ring.previous = this;
  }

  /** In no ring; of a ring's own link, that nothing is in it. */
  get alone(): boolean {
    return this.next === this;
  }

  /** False if it was in no ring. */
  leave(): boolean {
    if (this.alone) return false;
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this.next = this;
    return true;
  }
}

/**
 * Timers for deadlines of a second and more, up to 100 ms late: a timing wheel (Varghese and Lauck, 1987) on one system
 * timer. Deadlines are armed and disarmed several times per request and hardly ever fire; a system timer each cost
 * more than the rest of a request's way through the doors.
 */
export class CoarseTimers {
  readonly #now: () => number;
  readonly #slots = new Map<number, Link>();
  #pending = 0;
  #nextSlot = 0;
  #ticks = 0;
  #ticking: ReturnType<typeof setTimeout> | undefined;

  /** `now` is the monotonic clock, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Slots that are kept, empty ones included. */
  get slotCount(): number {
    return this.#slots.size;
  }

  /** Runs `run` once, `delayMs` from now or up to 100 ms later; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void {
    const link = new Link(run);
    link.join(this.#ring(Math.ceil((this.#now() + delayMs) / slotMs)));
    this.#pending += 1;
    if (this.#ticking === undefined) this.#begin();
    return () => {
      if (link.leave()) this.#pending -= 1;
    };
  }

  #ring(slot: number): Link {
    let ring = this.#slots.get(slot);
    if (ring === undefined) {
      ring = new Link(() => undefined);
      this.#slots.set(slot, ring);
    }
    return ring;
  }

  #begin(): void {
    this.#nextSlot = Math.floor(this.#now() / slotMs);
    this.#tickLater();
  }

  #tickLater(): void {
    this.#ticking = setTimeout(() => this.#tick(), slotMs);
  }

  #tick(): void {
    const current = Math.floor(this.#now() / slotMs);
    for (; this.#nextSlot <= current; this.#nextSlot += 1) this.#fire(this.#nextSlot);
    this.#ticks += 1;
    if (this.#ticks % ticksBetweenSweeps === 0) this.#sweep();
    // Nothing pending: no wake-ups, and nothing that keeps the process alive.
    if (this.#pending > 0) {
      this.#tickLater();
    } else {
      this.#ticking = undefined;
      this.#slots.clear();
    }
  }

  /** A deadline an hour ahead that was cancelled would keep its slot for that hour. */
  #sweep(): void {
    for (const [slot, ring] of this.#slots) if (ring.alone) this.#slots.delete(slot);
  }

  #fire(slot: number): void {
    const ring = this.#slots.get(slot);
    if (ring === undefined) return;
    this.#slots.delete(slot);
    for (let link = ring.next; link !== ring; link = ring.next) {
      link.leave();
      this.#pending -= 1;
      link.run();
    }
  }
}
