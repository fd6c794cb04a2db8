/** A call of the model in the history. */
export interface CallInHistory {
  readonly id: string;
  readonly name: string;
}

/**
 * Finds out which call a result answers: by its id where it has one that is known, else by name and then by order among the
 * calls of the turn before. Results beyond the calls of that name begin again at the first, so that a result sent twice
 * answers the same call twice. What it takes grows with the history alone, however calls and results are mixed.
 */
export class CallBook {
  #byId = new Map<string, BookedCall>();
  #all = new LeastAnswered();
  #byName = new Map<string, LeastAnswered>();
  #open = false;
  /** Calls that results of the turn name, kept apart from those that answer by name. */
  #named: readonly BookedCall[] = [];

  /** A turn of the model begins; turns of the model behind one another are one. */
  beginModelTurn(): void {
    if (!this.#open) {
      this.#byId = new Map();
      this.#all = new LeastAnswered();
      this.#byName = new Map();
    }
    this.#open = true;
  }

  endModelTurn(): void {
    this.#open = false;
  }

  add({ id, name }: CallInHistory): void {
    const call: BookedCall = { id, name, times: 0 };
    if (!this.#byId.has(id)) this.#byId.set(id, call);
    this.#put(call);
  }

  /** Results follow of which some name these ids. */
  beginResults(ids: ReadonlySet<string>): void {
    this.#named = [...ids].flatMap((id) => this.#byId.get(id) ?? []);
    for (const call of this.#named) this.#take(call);
  }

  endResults(): void {
    for (const call of this.#named) this.#put(call);
    this.#named = [];
  }

  /** The call that a result answers; undefined when there is none. */
  answer(id: string | undefined, name: string | undefined): CallInHistory | undefined {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known !== undefined) {
      known.times += 1;
      return known;
    }
    const found = (name === undefined ? this.#all : this.#byName.get(name))?.first();
    if (found === undefined) return undefined;
    this.#take(found);
    found.times += 1;
    this.#put(found);
    return found;
  }

  #put(call: BookedCall): void {
    this.#all.put(call);
    const namesakes = this.#byName.get(call.name) ?? new LeastAnswered();
    this.#byName.set(call.name, namesakes);
    namesakes.put(call);
  }

  #take(call: BookedCall): void {
    this.#all.take(call);
    this.#byName.get(call.name)?.take(call);
  }
}

interface BookedCall extends CallInHistory {
  /** How many results answered it. */
  times: number;
}

/** Calls by how often they were answered, in order. */
class LeastAnswered {
  readonly #levels: (Set<BookedCall> | undefined)[] = [];
  #least = 0;

  put(call: BookedCall): void {
    const level = this.#levels[call.times] ?? new Set();
    this.#levels[call.times] = level;
    level.add(call);
    this.#least = Math.min(this.#least, call.times);
  }

  /** To be called before `times` changes. */
  take(call: BookedCall): void {
    this.#levels[call.times]?.delete(call);
  }

  first(): BookedCall | undefined {
    for (; this.#least < this.#levels.length; this.#least += 1) {
      const [first] = this.#levels[this.#least] ?? [];
      if (first !== undefined) return first;
    }
    return undefined;
  }
}
