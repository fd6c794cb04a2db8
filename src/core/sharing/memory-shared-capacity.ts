import type { Clock } from "#core/effects/clock.ts";
import type { NodeId } from "#core/effects/ids.ts";
import type { Random } from "#core/effects/random.ts";
import { taken, untouchedUs, waitUs } from "#core/limits/gcra.ts";
import {
  nodeTtlMs,
  type ShareAnswer,
  type ShareAsk,
  type SharedCapacity,
  type SharedTake,
  type SharedVerdict,
} from "#core/sharing/shared-capacity.ts";
import { SharedResource } from "#core/sharing/shared-resource.ts";

/** How the way to the store is; a test may change it at any moment. */
export interface StoreTrouble {
  /** Time there and back, milliseconds; half of it each way. */
  delayMs: number;
  /** Share of calls, 0..1, that get no answer: half of them are lost on the way there, half on the way back. */
  loss: number;
}

/** A shared store in memory, for tests: all nodes hold the same one. Calls that are lost never settle. */
export class MemorySharedCapacity implements SharedCapacity {
  readonly trouble: StoreTrouble = { delayMs: 0, loss: 0 };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #nodes = new Map<NodeId, number>();
  readonly #resources = new Map<string, SharedResource>();
  readonly #tats = new Map<string, number>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Forgets everything, as a store without persistence does when it is started anew. */
  wipe(): void {
    this.#nodes.clear();
    this.#resources.clear();
    this.#tats.clear();
  }

  lease(node: NodeId, asks: readonly ShareAsk[]): Promise<ShareAnswer> {
    return this.#call((nowUs) => {
      const goneUs = nowUs - nodeTtlMs * 1_000;
      for (const [other, seenUs] of this.#nodes) if (seenUs <= goneUs) this.#nodes.delete(other);
      this.#nodes.set(node, nowUs);
      const shares = asks.map((ask) => this.#resource(nowUs, ask.resource).lease(nowUs, node, ask));
      return { shares, nodes: this.#nodes.size };
    });
  }

  leave(node: NodeId): Promise<void> {
    return this.#call(() => {
      this.#nodes.delete(node);
      for (const resource of this.#resources.values()) resource.leave(node);
    });
  }

  take(takes: readonly SharedTake[]): Promise<SharedVerdict> {
    return this.#call((nowUs) => {
      let longestUs = 0;
      let refused: SharedTake | undefined;
      for (const take of takes) {
        const thisUs = waitUs(take.rate, this.#tat(take.key, nowUs), take.cost, nowUs);
        if (thisUs <= longestUs) continue;
        longestUs = thisUs;
        refused = take;
      }
      if (refused !== undefined) return { taken: false, refused, waitMs: Math.ceil(longestUs / 1_000) };
      this.#charge(takes, nowUs);
      return { taken: true };
    });
  }

  correct(takes: readonly SharedTake[]): Promise<void> {
    return this.#call((nowUs) => this.#charge(takes, nowUs));
  }

  #charge(takes: readonly SharedTake[], nowUs: number): void {
    for (const { key, rate, cost } of takes) this.#tats.set(key, taken(rate, this.#tat(key, nowUs), cost, nowUs));
  }

  #tat(key: string, nowUs: number): number {
    const tatUs = this.#tats.get(key) ?? untouchedUs;
    if (tatUs <= nowUs) this.#tats.delete(key);
    return tatUs;
  }

  #resource(nowUs: number, name: string): SharedResource {
    const known = this.#resources.get(name);
    if (known !== undefined) return known;
    const made = new SharedResource(nowUs);
    this.#resources.set(name, made);
    return made;
  }

  #call<Answer>(step: (nowUs: number) => Answer): Promise<Answer> {
    const halfMs = this.trouble.delayMs / 2;
    const luck = this.#random.uniform();
    const lostThere = luck < this.trouble.loss / 2;
    const lostBack = !lostThere && luck < this.trouble.loss;
    return new Promise((resolve) => {
      if (lostThere) return;
      this.#clock.after(halfMs, () => {
        const answer = step(Math.floor(this.#clock.monotonic() * 1_000));
        if (!lostBack) this.#clock.after(halfMs, () => resolve(answer));
      });
    });
  }
}
