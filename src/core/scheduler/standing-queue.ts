/** A wait up to this part of what is admitted is called short. */
const shortParts = 4;
/** No wait below this is called long. */
const leastShortUs = 50_000;
/** A queue stands when for so many short waits nobody had one. */
const stretches = 20;

/**
 * Tells a queue that absorbs a burst from one that stands and only makes everybody wait, after CoDel (Nichols and Jacobson,
 * 2012; Maurer's form for servers). One that stands admits short waits alone, until it has been empty once. Each tenant has
 * its own, or the queue of a heavy one would shut the light ones out.
 */
export class StandingQueue {
  #goodUs = 0;
  #stands = false;

  /** The longest wait to admit, where `allowedUs` is allowed otherwise. */
  budgetUs(allowedUs: number): number {
    return this.#stands ? Math.min(allowedUs, shortWaitUs(allowedUs)) : allowedUs;
  }

  /** The first joins an empty queue. */
  began(nowUs: number): void {
    this.#goodUs = nowUs;
  }

  /** One left the queue for a deployment after this wait. */
  served(nowUs: number, waitedUs: number, allowedUs: number): void {
    const shortUs = shortWaitUs(allowedUs);
    if (waitedUs < shortUs) this.#goodUs = nowUs;
    else if (nowUs - this.#goodUs >= stretches * shortUs) this.#stands = true;
  }

  emptied(): void {
    this.#stands = false;
  }
}

function shortWaitUs(allowedUs: number): number {
  return Math.max(leastShortUs, Math.floor(allowedUs / shortParts));
}
