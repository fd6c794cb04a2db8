import { eventually } from "./eventually.ts";
import { RawClient } from "./raw-client.ts";

/** Callers that send a byte now and then for as long as they are let. `using` lets go of all. */
export class SlowClients implements Disposable {
  readonly #clients: readonly RawClient[];
  readonly #ticking: Timer;

  private constructor(clients: readonly RawClient[], drop: string, everyMs: number) {
    this.#clients = clients;
    this.#ticking = setInterval(() => {
      for (const client of clients) if (!client.closed) void client.send(drop);
    }, everyMs);
  }

  /** Connects so many, each of which says `begin` at once and then `drop` every so often. */
  static async connect(
    url: string,
    count: number,
    { begin, drop, everyMs }: { readonly begin: string; readonly drop: string; readonly everyMs: number },
  ): Promise<SlowClients> {
    const clients: RawClient[] = [];
    // In rounds that fit a listener's backlog.
    while (clients.length < count) {
      const round = Math.min(100, count - clients.length);
      clients.push(...(await Promise.all(Array.from({ length: round }, () => RawClient.connect(url)))));
    }
    await Promise.all(clients.map((client) => client.send(begin)));
    return new SlowClients(clients, drop, everyMs);
  }

  /** Those whose connection is open still. */
  get open(): number {
    return this.#clients.filter(({ closed }) => !closed).length;
  }

  /** Bytes that were said to them, together. */
  get received(): number {
    return this.#clients.reduce((sum, { received }) => sum + received, 0);
  }

  /** Waits until every one was cut off. */
  async ended(deadlineMs: number): Promise<void> {
    await eventually("the end of every slow connection", () => this.open === 0, deadlineMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}
