interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Tasks in order of time, ties in order of arrival. Time is whole microseconds and moves only from task to task. */
export class EventHeap {
  nowUs = 0;
  readonly #heap: Event[] = [];
  #order = 0;

  at(atUs: number, task: () => void): void {
    this.#order += 1;
    const heap = this.#heap;
    heap.push({ atUs: Math.max(Math.round(atUs), this.nowUs), order: this.#order, task });
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) break;
      index = parent;
    }
  }

  after(delayUs: number, task: () => void): void {
    this.at(this.nowUs + delayUs, task);
  }

  /** Runs everything that is due by then, what is added meanwhile included. */
  runUntil(untilUs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atUs <= untilUs; next = this.#heap[0]) {
      this.#removeFirst();
      this.nowUs = next.atUs;
      next.task();
    }
    this.nowUs = untilUs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (child >= heap.length || !this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined || !isBefore(first, second)) return false;
    this.#heap[one] = second;
    this.#heap[other] = first;
    return true;
  }
}

function isBefore(one: Event | undefined, other: Event | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}
