const slotMs = 50;

interface Task {
  readonly run: () => void;
}

/**
 * Timers for deadlines of a second and more, up to 50 ms late: a timing wheel (Varghese and Lauck, 1987) on one system
 * timer. Deadlines are armed and disarmed several times per request and hardly ever fire; a system timer each cost
 * more than everything else in the door together.
 */
export class CoarseTimers {
  readonly #now: () => number;
  readonly #slots = new Map<number, Set<Task>>();
  #pending = 0;
  #nextSlot = 0;
  #ticking: ReturnType<typeof setTimeout> | undefined;

  /** `now` is the monotonic clock, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs `run` once, `delayMs` from now or up to 50 ms later; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void {
    const slot = Math.ceil((this.#now() + delayMs) / slotMs);
    const task: Task = { run };
    const tasks = this.#slots.get(slot);
    if (tasks === undefined) this.#slots.set(slot, new Set([task]));
    else tasks.add(task);
    this.#pending += 1;
    if (this.#ticking === undefined) this.#begin();
    return () => this.#cancel(slot, task);
  }

  #cancel(slot: number, task: Task): void {
    if (this.#slots.get(slot)?.delete(task) === true) this.#pending -= 1;
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
    // Nothing pending: no wake-ups, and nothing that keeps the process alive.
    if (this.#pending > 0) {
      this.#tickLater();
    } else {
      this.#ticking = undefined;
      this.#slots.clear();
    }
  }

  #fire(slot: number): void {
    const tasks = this.#slots.get(slot);
    if (tasks === undefined) return;
    this.#slots.delete(slot);
    this.#pending -= tasks.size;
    for (const task of tasks) task.run();
  }
}
