import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp, UpstreamRequest, UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { Part } from "#core/part.ts";
import { Connection, type ConnectionOwner } from "#platform/upstream/connection.ts";
import { type Dial, socketDial } from "#platform/upstream/dial.ts";
import { Exchange } from "#platform/upstream/exchange.ts";
import { Pool } from "#platform/upstream/pool.ts";
import { encodeRequest } from "#platform/upstream/request-bytes.ts";
import type { Flushable } from "#platform/upstream/response-body.ts";
import { parseTarget, Targets } from "#platform/upstream/target.ts";

/** How an `UpstreamClient` differs from the default; every field may be absent. */
export interface UpstreamClientOptions {
  /** Idle connections kept per origin; 512 when absent. */
  readonly maxIdlePerOrigin?: number;
  /** `ca`: PEM certificates trusted beside Mozilla's list. */
  readonly tls?: { readonly ca?: string };
  /** How sockets are opened; Bun's own when absent. */
  readonly dial?: Dial;
  /** Runs a task at the end of this turn of the event loop; `setImmediate` when absent. */
  readonly soon?: (task: () => void) => void;
}

/**
 * HTTP/1.1 over a keep-alive pool of sockets (RFC 9112). No redirects, no proxies from the environment, no cap on
 * requests at once: who may call is decided before. A request is sent again only if its pooled connection turned out
 * dead before the kernel took a byte of it.
 */
export class UpstreamClient implements UpstreamHttp, Part, ConnectionOwner {
  readonly name = "upstream-http";
  readonly #clock: Clock;
  readonly #dial: Dial;
  readonly #pool: Pool;
  readonly #targets = new Targets();
  readonly #soon: (task: () => void) => void;
  #pending: Flushable[] = [];
  #open = 0;
  #stopped = false;

  constructor(clock: Clock, options: UpstreamClientOptions = {}) {
    this.#clock = clock;
    this.#dial = options.dial ?? socketDial(options.tls?.ca);
    this.#pool = new Pool(clock, options.maxIdlePerOrigin ?? 512);
    this.#soon = options.soon ?? setImmediate;
  }

  /** Connections that exist, being opened, busy or idle. */
  get openConnections(): number {
    return this.#open;
  }

  get idleConnections(): number {
    return this.#pool.idleCount;
  }

  async start(): Promise<void> {
    this.#stopped = false;
  }

  /** Closes what is idle; running exchanges end by themselves or by their signals, and their connections with them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pool.closeAll();
  }

  send(request: UpstreamRequest): Promise<UpstreamResponse> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    let exchange: Exchange;
    try {
      const { connectTo, url } = request;
      // Whoever settles the address asks for URLs that callers name: many, as long as they like, and never twice.
      const target = connectTo === undefined ? this.#targets.resolve(url) : parseTarget(url);
      const origin = connectTo === undefined ? target.origin : { ...target.origin, address: connectTo };
      exchange = new Exchange(origin, encodeRequest(target, request), request);
    } catch (error) {
      return Promise.reject(error);
    }
    const pooled = exchange.origin.address === undefined ? this.#pool.take(exchange.origin) : undefined;
    if (pooled !== undefined) pooled.carry(exchange);
    else this.#connect(exchange);
    return exchange.response;
  }

  released(connection: Connection): void {
    if (this.#stopped || connection.origin.address !== undefined) connection.close();
    else this.#pool.put(connection);
  }

  gone(connection: Connection): void {
    this.#open--;
    this.#pool.remove(connection);
  }

  /**
   * What one turn brought is handed over at its end, one after the other: requests to their sockets, pieces of answers to
   * their readers, who write them on. Written one by one, each would wake a peer that had just fallen asleep again, which
   * costs more than everything else the gateway does for a request.
   */
  pending(side: Flushable): void {
    if (this.#pending.push(side) === 1) this.#soon(this.#flush);
  }

  readonly #flush = (): void => {
    const pending = this.#pending;
    this.#pending = [];
    for (const side of pending) side.flush();
  };

  resend(exchange: Exchange): void {
    this.#connect(exchange);
  }

  #connect(exchange: Exchange): void {
    const connection = new Connection(exchange.origin, this.#clock, this);
    this.#open++;
    connection.carry(exchange);
    this.#dial(connection);
  }
}
