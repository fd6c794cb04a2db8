import type { NodeId } from "#core/effects/ids.ts";
import { Bucket, microsPerUnit } from "#core/scheduler/bucket.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { leasePeriodMs, nodeTtlMs, type ShareAsk } from "#core/sharing/shared-capacity.ts";

const periodUs = leasePeriodMs * 1_000;
const periodSeconds = leasePeriodMs / 1_000;
const ttlUs = nodeTtlMs * 1_000;

/** What a node wanted counts for so long: it asks every period. */
const wantsLastUs = 4 * periodUs;

interface NodeBook {
  tokens: number;
  requests: number;
  /** Places that it uses or would use. */
  wantedPlaces: number;
  /** Places that are its own, whether it knows or not. */
  places: number;
  askedUs: number;
}

/** One resource as a store of several nodes keeps it: pure, time given. The model of the Redis script. */
export class SharedResource {
  readonly #createdUs: number;
  readonly #nodes = new Map<NodeId, NodeBook>();
  readonly #tokens: Bucket;
  readonly #requests: Bucket;

  constructor(nowUs: number) {
    this.#createdUs = nowUs;
    this.#tokens = new Bucket(nowUs, undefined);
    this.#requests = new Bucket(nowUs, undefined);
  }

  /** The part of the node until it asks again. */
  lease(nowUs: number, node: NodeId, { limits, demand, places }: ShareAsk): CapacityLimits {
    for (const [other, { askedUs }] of this.#nodes) if (nowUs - askedUs >= ttlUs) this.#nodes.delete(other);
    const { tokens, requests } = demand;
    const book = { tokens, requests, wantedPlaces: demand.running + demand.waiting, places, askedUs: nowUs };
    this.#nodes.set(node, book);
    const { tokensPerSecond, requestsPerSecond, concurrent, contextTokens } = limits;
    const share: { -readonly [limit in keyof CapacityLimits]: number } = {};
    if (tokensPerSecond !== undefined) {
      share.tokensPerSecond = leased(this.#tokens, nowUs, tokensPerSecond, tokens, this.#wanted(nowUs, "tokens"));
    }
    if (requestsPerSecond !== undefined) {
      const wanted = this.#wanted(nowUs, "requests");
      share.requestsPerSecond = leased(this.#requests, nowUs, requestsPerSecond, requests, wanted);
    }
    if (concurrent !== undefined) {
      share.concurrent = this.#placesFor(nowUs, node, book, concurrent);
      book.places = Math.max(places, share.concurrent);
    }
    return contextTokens === undefined ? share : { ...share, contextTokens };
  }

  /** Gives back what the node has. */
  leave(node: NodeId): void {
    this.#nodes.delete(node);
  }

  #wanted(nowUs: number, what: "tokens" | "requests"): number {
    let sum = 0;
    for (const book of this.#nodes.values()) if (nowUs - book.askedUs < wantsLastUs) sum += book[what];
    return sum;
  }

  #placesFor(nowUs: number, node: NodeId, { places }: NodeBook, limit: number): number {
    const fair = this.#fairPlaces(nowUs, node, limit);
    if (nowUs - this.#createdUs < wantsLastUs) return Math.min(fair, places);
    let free = limit;
    for (const [other, book] of this.#nodes) if (other !== node) free -= book.places;
    return Math.max(0, Math.min(fair, Math.max(places, free)));
  }

  /** Max-min: who wants little gets it, the others share the rest evenly, and what nobody wants is shared by all. */
  #fairPlaces(nowUs: number, node: NodeId, limit: number): number {
    const live = [...this.#nodes].filter(([, { askedUs }]) => nowUs - askedUs < wantsLastUs);
    live.sort(([a, one], [b, other]) => one.wantedPlaces - other.wantedPlaces || (a < b ? -1 : 1));
    let left = limit;
    let wanted = 0;
    for (const [index, [id, book]] of live.entries()) {
      const part = Math.min(book.wantedPlaces, Math.floor(left / (live.length - index)));
      left -= part;
      if (id === node) wanted = part;
    }
    const rank = live.findIndex(([id]) => id === node);
    return wanted + Math.floor(left / live.length) + (live.length - 1 - rank < left % live.length ? 1 : 0);
  }
}

/** Units a second for one period, taken from the bucket: by demand, at most half of what it holds. */
function leased(bucket: Bucket, nowUs: number, perSecond: number, wanted: number, wantedByAll: number): number {
  if (bucket.rate !== perSecond) {
    const isNew = bucket.rate === undefined;
    bucket.setRate(nowUs, perSecond);
    if (isNew) bucket.lowerTo(nowUs, Math.floor(perSecond * periodSeconds));
  }
  if (wanted <= 0) return 0;
  const level = Math.max(0, bucket.levelMicros(nowUs));
  // Who comes after others finds less: its share is of all that the period brings.
  const shared = Math.max(level, perSecond * periodUs);
  const most = Math.min(wanted * microsPerUnit, level / 2, (shared / wantedByAll) * wanted);
  const granted = Math.floor(most / periodUs);
  bucket.spend(nowUs, granted * periodSeconds);
  return granted;
}
