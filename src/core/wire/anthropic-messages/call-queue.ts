import { parseObject } from "#core/wire/json-value.ts";

/** One call of an answer, as far as it is known. */
export interface PendingCall {
  readonly call: number;
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  /** Arguments not yet written. */
  waiting: string;
  /** All arguments so far. */
  said: string;
}

/**
 * Brings calls whose arguments interleave into an order where one follows the other: only the first is open, the others
 * wait. A call is known to be over when its arguments are a whole object and another one is under way.
 */
export class CallQueue {
  readonly #calls: PendingCall[] = [];

  /** The call whose block is open, or is to be opened. */
  get first(): PendingCall | undefined {
    return this.#calls[0];
  }

  get length(): number {
    return this.#calls.length;
  }

  add(call: PendingCall): void {
    this.#calls.push(call);
  }

  /** Keeps a piece of arguments; false when no such call is under way. */
  keep(call: number, text: string): boolean {
    const pending = this.#calls[0]?.call === call ? this.#calls[0] : this.#calls.find((known) => known.call === call);
    if (pending === undefined) return false;
    pending.waiting += text;
    pending.said += text;
    return true;
  }

  /** Takes the first one away. */
  shift(): void {
    this.#calls.shift();
  }

  /** Whether the first one is over although nobody said so. */
  get firstIsWhole(): boolean {
    const [first] = this.#calls;
    if (first === undefined || this.#calls.length < 2 || first.custom) return false;
    return first.said.trimEnd().endsWith("}") && parseObject(first.said) !== undefined;
  }
}
