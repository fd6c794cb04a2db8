/** A place in a line; belongs to one line at a time. */
export class LineNode<Value> {
  readonly value: Value;
  /** What the line is ordered by. */
  readonly key: number;
  previous: LineNode<Value> | undefined = undefined;
  next: LineNode<Value> | undefined = undefined;

  constructor(value: Value, key: number) {
    this.value = value;
    this.key = key;
  }
}

/**
 * A queue in order of its keys, equal keys in order of coming. Joining at the end and leaving from anywhere are O(1). One
 * that must go before others looks for its place from the front, where it is near: it has waited longer.
 */
export class Line<Value> {
  #first: LineNode<Value> | undefined;
  #last: LineNode<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Who is first; undefined when nobody is there. */
  get first(): Value | undefined {
    return this.#first?.value;
  }

  /** Who is last; undefined when nobody is there. */
  get last(): Value | undefined {
    return this.#last?.value;
  }

  join(node: LineNode<Value>): void {
    this.#size += 1;
    const last = this.#last;
    if (last === undefined || last.key <= node.key) {
      this.#link(last, node, undefined);
      return;
    }
    let behind = this.#first;
    while (behind !== undefined && behind.key <= node.key) behind = behind.next;
    this.#link(behind?.previous, node, behind);
  }

  leave(node: LineNode<Value>): void {
    this.#size -= 1;
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
    node.previous = node.next = undefined;
  }

  /** From the front to the end. */
  *[Symbol.iterator](): Iterator<Value> {
    for (let node = this.#first; node !== undefined; node = node.next) yield node.value;
  }

  #link(previous: LineNode<Value> | undefined, node: LineNode<Value>, next: LineNode<Value> | undefined): void {
    node.previous = previous;
    node.next = next;
    if (previous === undefined) this.#first = node;
    else previous.next = node;
    if (next === undefined) this.#last = node;
    else next.previous = node;
  }
}
