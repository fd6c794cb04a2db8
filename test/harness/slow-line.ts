import net from "node:net";

/** What a line does to bytes, each way on its own. */
export interface LineQuality {
  /** 56 kbit/s are 7,000. */
  readonly bytesPerSecond: number;
  /** One way. */
  readonly latencyMs?: number;
  /** One segment of so many gets lost; TCP sends it again, and all behind it wait for it. None when left out. */
  readonly losesOneOf?: number;
}

/** A slow line to a server: connect to `url` instead of to the server's. */
export interface SlowLine extends AsyncDisposable {
  readonly url: string;
  /** Segments that were lost and sent again so far. */
  readonly lost: number;
}

/** As dial-up lines have it. */
const segmentBytes = 536;
/** The least that a sender waits before it sends again what was lost. */
const sendAgainMs = 200;
/** More than this is not read before what was read has gone on. */
const mostQueuedBytes = 16 * 1024;

/** A TCP relay on a free port of 127.0.0.1 that is as slow as its line. Disposing closes all connections. */
export async function slowLine(serverUrl: string, quality: LineQuality): Promise<SlowLine> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<net.Socket>();
  const { losesOneOf = Number.POSITIVE_INFINITY } = quality;
  let sent = 0;
  const isLost = (): boolean => {
    sent += 1;
    return sent % losesOneOf === 0;
  };
  const relay = net.createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      new Way(one, other, quality, isLost);
    }
  });
  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening));
  const address = relay.address();
  const own = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${own}`,
    get lost() {
      return Math.floor(sent / losesOneOf);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => relay.close(() => closed()));
    },
  };
}

interface Segment {
  readonly bytes: Buffer;
  readonly arrivedMs: number;
}

/** One direction of one connection. */
class Way {
  readonly #queue: Segment[] = [];
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #quality: LineQuality;
  readonly #isLost: () => boolean;
  #queuedBytes = 0;
  #ended = false;
  #carries = false;
  /** When the line has sent what it was given. */
  #freeAtMs = 0;

  constructor(from: net.Socket, to: net.Socket, quality: LineQuality, isLost: () => boolean) {
    this.#from = from;
    this.#to = to;
    this.#quality = quality;
    this.#isLost = isLost;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => {
      this.#ended = true;
      void this.#carry();
    });
  }

  #take(bytes: Buffer): void {
    const arrivedMs = performance.now();
    for (let start = 0; start < bytes.length; start += segmentBytes) {
      this.#queue.push({ bytes: bytes.subarray(start, start + segmentBytes), arrivedMs });
    }
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > mostQueuedBytes) this.#from.pause();
    void this.#carry();
  }

  async #carry(): Promise<void> {
    if (this.#carries) return;
    this.#carries = true;
    const { bytesPerSecond, latencyMs = 0 } = this.#quality;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { bytes, arrivedMs } = next;
      const takesMs = (bytes.length * 1_000) / bytesPerSecond;
      this.#freeAtMs = Math.max(this.#freeAtMs, arrivedMs) + takesMs + (this.#isLost() ? sendAgainMs : 0);
      await Bun.sleep(Math.max(0, this.#freeAtMs + latencyMs - performance.now()));
      if (this.#to.destroyed) return;
      this.#to.write(bytes);
      this.#queuedBytes -= bytes.length;
      if (this.#queuedBytes <= mostQueuedBytes) this.#from.resume();
    }
    this.#carries = false;
    if (this.#ended) this.#to.end();
  }
}
