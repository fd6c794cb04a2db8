import type { AdmissionAsk, Lease } from "#core/admission/admission.ts";
import type { Topology } from "#core/admission/topology.ts";
import type { Ticket } from "#core/scheduler/offer.ts";

/** What was asked, and the topology that it was asked under: names in it mean what they meant then. */
export interface Asked {
  readonly ask: AdmissionAsk;
  readonly topology: Topology;
}

/** A call that waits for capacity, and the two ways out. */
export interface WaitingCall extends Asked {
  readonly ticket: Ticket;
  /** When it joined the queue, microseconds. */
  readonly sinceUs: number;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (reason: unknown) => void;
}

/** The calls that wait, by ticket and by the id of their request. Nothing is kept of those that went at once. */
export class WaitingCalls {
  readonly #byTicket = new Map<Ticket, WaitingCall>();
  readonly #byRequest = new Map<string, WaitingCall>();
  readonly #depths: number[];
  readonly #onDepth: (level: number, depth: number) => void;

  /** `onDepth` hears how many of a level wait whenever that changes. */
  constructor(levels: number, onDepth: (level: number, depth: number) => void) {
    this.#depths = Array.from({ length: levels }, () => 0);
    this.#onDepth = onDepth;
  }

  /**
   * Resolves with the lease or rejects with the refusal that `take` finds it for. When the call's signal is pulled it leaves
   * the queue at once: `onLeave` hears of it, and the promise rejects with the signal's reason.
   */
  wait(ticket: Ticket, asked: Asked, sinceUs: number, onLeave: (ticket: Ticket) => void): Promise<Lease> {
    const { ask, topology } = asked;
    const { signal } = ask.call;
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const leave = (): void => {
      if (this.take(ticket) === undefined) return;
      onLeave(ticket);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    const stay = () => signal.removeEventListener("abort", leave);
    const waiting: WaitingCall = {
      ticket,
      ask,
      topology,
      sinceUs,
      resolve: (lease) => {
        stay();
        resolve(lease);
      },
      reject: (reason) => {
        stay();
        reject(reason);
      },
    };
    this.#byTicket.set(ticket, waiting);
    this.#byRequest.set(ask.call.requestId, waiting);
    this.#count(ask.level, 1);
    return promise;
  }

  /** Takes a call out of the queue; undefined when it has left already. */
  take(ticket: Ticket): WaitingCall | undefined {
    const waiting = this.#byTicket.get(ticket);
    if (waiting === undefined) return undefined;
    this.#byTicket.delete(ticket);
    this.#byRequest.delete(waiting.ask.call.requestId);
    this.#count(waiting.ask.level, -1);
    return waiting;
  }

  ticketOf(requestId: string): Ticket | undefined {
    return this.#byRequest.get(requestId)?.ticket;
  }

  #count(level: number, change: number): void {
    const depth = (this.#depths[level] ?? 0) + change;
    this.#depths[level] = depth;
    this.#onDepth(level, depth);
  }
}
