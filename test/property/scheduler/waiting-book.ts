import type { LaneId } from "#core/scheduler/offer.ts";
import type { Entry } from "./ticket-book.ts";

/** Entries in order of arrival; those that have left are dropped when they come to an end of it. */
class Line {
  #entries: Entry[] = [];
  #from = 0;

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  first(): Entry | undefined {
    while (this.#entries[this.#from] !== undefined && this.#entries[this.#from]?.state !== "queued") this.#from += 1;
    if (this.#from > 1_000) {
      this.#entries = this.#entries.slice(this.#from);
      this.#from = 0;
    }
    return this.#entries[this.#from];
  }

  last(): Entry | undefined {
    while (this.#entries.length > this.#from && this.#entries.at(-1)?.state !== "queued") this.#entries.pop();
    return this.#entries.length > this.#from ? this.#entries.at(-1) : undefined;
  }
}

/** Everything that waits, counted in the ways in which bounds and orders speak of it. */
export class WaitingBook {
  count = 0;
  bytes = 0;
  readonly #entries = new Set<Entry>();
  readonly #ofTenant = new Map<string, number>();
  readonly #levels: number[] = [];
  readonly #lanes = new Map<LaneId, { readonly line: Line; readonly levels: number[] }>();
  readonly #lines = new Map<string, Line>();
  readonly #newest = new Map<string, Line>();

  add(entry: Entry): void {
    const { lane, level, tenant } = entry.offer;
    this.#entries.add(entry);
    this.#laneOf(lane).line.push(entry);
    lineOf(this.#lines, `${lane} ${level} ${tenant}`).push(entry);
    lineOf(this.#newest, `${level} ${tenant}`).push(entry);
    this.#count(entry, 1);
  }

  /** To be called while the entry is still marked as queued. */
  remove(entry: Entry): void {
    this.#entries.delete(entry);
    this.#count(entry, -1);
  }

  #count({ offer }: Entry, by: 1 | -1): void {
    this.count += by;
    this.bytes += by * offer.bytes;
    this.#ofTenant.set(offer.tenant, this.ofTenant(offer.tenant) + by);
    this.#levels[offer.level] = (this.#levels[offer.level] ?? 0) + by;
    const { levels } = this.#laneOf(offer.lane);
    levels[offer.level] = (levels[offer.level] ?? 0) + by;
  }

  all(): Iterable<Entry> {
    return this.#entries;
  }

  ofTenant(tenant: string): number {
    return this.#ofTenant.get(tenant) ?? 0;
  }

  oldestOf(lane: LaneId): Entry | undefined {
    return this.#laneOf(lane).line.first();
  }

  /** The most urgent level that waits in the lane; infinite when nothing does. */
  bestLevelOf(lane: LaneId): number {
    const best = this.#laneOf(lane).levels.findIndex((count) => (count ?? 0) > 0);
    return best < 0 ? Number.POSITIVE_INFINITY : best;
  }

  worstLevel(): number {
    return this.#levels.findLastIndex((count) => (count ?? 0) > 0);
  }

  worstLevelOf(tenant: string): number {
    return Math.max(-1, ...[...this.#entries].map(({ offer }) => (offer.tenant === tenant ? offer.level : -1)));
  }

  /** Whether nobody of its tenant, level and lane has waited longer. */
  isFirstOfItsTenant(entry: Entry): boolean {
    const { lane, level, tenant } = entry.offer;
    return lineOf(this.#lines, `${lane} ${level} ${tenant}`).first() === entry;
  }

  /** Whether nobody of its tenant and level came later. */
  isLastOfItsTenant(entry: Entry): boolean {
    return lineOf(this.#newest, `${entry.offer.level} ${entry.offer.tenant}`).last() === entry;
  }

  #laneOf(id: LaneId): { readonly line: Line; readonly levels: number[] } {
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = { line: new Line(), levels: [] };
      this.#lanes.set(id, lane);
    }
    return lane;
  }
}

function lineOf(lines: Map<string, Line>, name: string): Line {
  let line = lines.get(name);
  if (line === undefined) {
    line = new Line();
    lines.set(name, line);
  }
  return line;
}
