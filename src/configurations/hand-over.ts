import { GatewayError, toGatewayError } from "#core/errors.ts";
import { storedTopics } from "#core/feed.ts";
import { type Part, startParts, stopParts } from "#core/part.ts";
import { pause } from "#core/wait.ts";
import type { Books } from "#configurations/books.ts";
import type { Doors } from "#configurations/doors.ts";
import type { Host } from "#configurations/host.ts";
import { givePath, sharePath, takeoverProtocol, takeoverQuestionSchema } from "#configurations/takeover-protocol.ts";
import { problemResponse } from "#http/error-response.ts";
import { StoreLineClient } from "#platform/store-line-client.ts";
import { version } from "#platform/version.ts";

/** How long what is asked of the stores waits for the other to serve. */
const longestHoldMs = 120_000;
/** How often what was changed at the other is read anew. */
const refreshMs = 1_000;
const lookMs = 100;
/** Whoever was to take over may need a moment to end once it has failed. */
const takeBackTries = 300;

/** What is handed over, and who lives on without it. */
export interface HandOverParts {
  readonly host: Host;
  readonly books: Books;
  readonly doors: Pick<Doors, "share" | "giveWay" | "stay" | "untilQuiet" | "isDraining">;
  /** What may be done by whoever has the data directory alone, in the order they start. */
  readonly duties: readonly Part[];
}

/**
 * The side of a takeover that gives way. It gives the data directory to the process that asks on the control socket, goes on to answer
 * whoever is connected, with the other's stores in the place of its own, and ends when nobody is left. If the other ends before, it
 * takes everything back.
 */
export class HandOver {
  readonly #parts: HandOverParts;
  #isUnderWay = false;

  constructor(parts: HandOverParts) {
    this.#parts = parts;
  }

  /** Answers the questions of a takeover; undefined for every other request. To be asked on the control socket alone. */
  answer(request: Request): Promise<Response> | undefined {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST") return undefined;
    if (pathname === sharePath) return this.#answered(request, () => this.#share());
    if (pathname === givePath) return this.#answered(request, (stores) => this.#give(stores));
    return undefined;
  }

  async #answered(request: Request, act: (stores: string) => Promise<void>): Promise<Response> {
    try {
      const { protocol, stores } = takeoverQuestionSchema.parse(await request.json());
      if (protocol !== takeoverProtocol) throw foreignProtocol(protocol);
      await act(stores);
      return Response.json({ protocol: takeoverProtocol, version, pid: process.pid });
    } catch (thrown) {
      return problemResponse(toGatewayError(thrown), this.#parts.host.ids.request());
    }
  }

  /** Everything that could stand in the way is asked here: nothing has been given up yet. */
  async #share(): Promise<void> {
    const { books, doors } = this.#parts;
    if (this.#isUnderWay) throw new GatewayError("unavailable", "A takeover is under way already.");
    if (doors.isDraining) throw new GatewayError("draining", "The gateway is ending; start the new one when it has.");
    books.custody.refuseIfBusy(books);
    doors.share();
  }

  async #give(stores: string): Promise<void> {
    const { books, duties, host } = this.#parts;
    if (this.#isUnderWay) throw new GatewayError("unavailable", "A takeover is under way already.");
    this.#isUnderWay = true;
    const line = new StoreLineClient(stores);
    host.log.info("handing_over");
    try {
      await stopParts(duties);
      await books.custody.giveAway(books.entrusted);
    } catch (error) {
      // Only where it could not be opened again: then rows wait in the spool.
      books.stores.entrust(line.ask);
      await startParts(duties);
      this.#isUnderWay = false;
      throw error;
    }
    this.#liveOn(line).catch((thrown: unknown) => host.onFatal(toGatewayError(thrown)));
  }

  async #liveOn(line: StoreLineClient): Promise<void> {
    const { books, doors, host } = this.#parts;
    const tooLong = host.clock.after(longestHoldMs, () => books.stores.entrust(line.ask));
    const isServing = await line.isServing();
    tooLong();
    if (!isServing) return this.#takeBack(line);
    books.stores.entrust(line.ask);
    host.log.info("handed_over");
    host.onHandOver("gone");
    // What others change is not told here: whoever comes in is looked up anew, and the rest is read again and again.
    doors.giveWay(() => books.feed.publish("identity.changed"));
    const alone = new AbortController();
    this.#refreshUntil(alone.signal);
    void doors.untilQuiet(alone.signal).then((isQuiet) => isQuiet && host.onShutdown(true));
    const word = await line.word();
    if (word === "gone") {
      alone.abort();
      return this.#takeBack(line);
    }
    host.onShutdown(word === "stop");
    if (word === "drain" && (await line.word(word)) === "stop") host.onShutdown(true);
  }

  #refreshUntil(end: AbortSignal): void {
    const { books, host } = this.#parts;
    if (end.aborted) return;
    books.feed.publish("budgets.changed");
    books.feed.publish("prices.changed");
    host.clock.after(refreshMs, () => this.#refreshUntil(end));
  }

  async #takeBack(line: StoreLineClient): Promise<void> {
    const { books, doors, duties, host } = this.#parts;
    if (doors.isDraining) return books.stores.entrust(line.ask);
    // Nobody who asks now has to hear that the other is gone.
    books.stores.hold();
    host.log.error("takeover_failed", { reason: "the gateway that took over has ended" });
    try {
      await this.#tryTakeBack();
    } catch (thrown) {
      const error = toGatewayError(thrown);
      host.log.error("not_taken_back", { code: error.code, reason: error.message });
      books.stores.entrust(line.ask);
      await doors.untilQuiet();
      host.onFatal(new GatewayError("unavailable", "The gateway that took over has ended, and its data is not here."));
      return;
    }
    line.clear();
    this.#isUnderWay = false;
    await startParts(duties);
    doors.stay();
    for (const topic of storedTopics) books.feed.publish(topic);
    host.onHandOver("back");
    host.log.warn("taken_back");
  }

  async #tryTakeBack(): Promise<void> {
    const { books, host } = this.#parts;
    for (let tries = 1; ; tries += 1) {
      try {
        return await books.custody.takeBack(books.entrusted);
      } catch (error) {
        const isHeld = error instanceof GatewayError && error.code === "unavailable";
        if (!isHeld || tries === takeBackTries) throw error;
      }
      await pause(host.clock, lookMs);
    }
  }
}

function foreignProtocol(protocol: number): GatewayError {
  return new GatewayError(
    "unavailable",
    `The running gateway (${version}) hands over by protocol ${takeoverProtocol}, this one by ${protocol}; stop it and start this one.`,
  );
}
