import { isMetadataAddress } from "#core/address-range.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { GatewayError } from "#core/errors.ts";
import { Deadline } from "#platform/upstream/deadline.ts";
import {
  closedFailure,
  connectFailure,
  handshakeFailure,
  MalformedResponse,
  type Peer,
  type Phase,
  timeoutFailure,
  upstreamFailure,
} from "#platform/upstream/errors.ts";
import type { Carrier, Exchange } from "#platform/upstream/exchange.ts";
import { idleLimitMs } from "#platform/upstream/persistence.ts";
import { type ByteSink, RequestWriter } from "#platform/upstream/request-writer.ts";
import type { BodySource, Flushable } from "#platform/upstream/response-body.ts";
import { ResponseReader } from "#platform/upstream/response-reader.ts";
import type { Origin } from "#platform/upstream/target.ts";

/** The socket as a connection uses it; Bun's own fits. */
export interface ConnectionSocket extends ByteSink {
  /** Where the name led to. */
  readonly remoteAddress?: string;
  pause(): void;
  resume(): void;
  /** Closes in good order. */
  end(): void;
  /** Resets. */
  terminate(): void;
}

/** Who keeps connections between exchanges. */
export interface ConnectionOwner {
  /** The message was complete by its own framing and the peer keeps the connection open. */
  released(connection: Connection): void;
  /** Closed, for whatever reason; called once. */
  gone(connection: Connection): void;
  /** Has bytes to hand over: the owner calls `flush`, now or together with others at the end of this turn. */
  pending(side: Flushable): void;
  /** The connection had died while idle, and no byte of this request was taken. */
  resend(exchange: Exchange): void;
}

/** One socket, one exchange at a time. */
export class Connection implements BodySource, Carrier {
  readonly origin: Origin;
  /** How long it may lie idle after its last answer; 0 for not at all. */
  idleLimitMs = 0;
  /** When it began to, on the monotonic clock. */
  idleSinceMs = 0;
  readonly #owner: ConnectionOwner;
  readonly #deadline: Deadline;
  readonly #reader = new ResponseReader();
  #writer: RequestWriter | undefined;
  #socket: ConnectionSocket | undefined;
  #exchange: Exchange | undefined;
  #ready = false;
  #paused = false;
  #reused = false;
  #closed = false;

  constructor(origin: Origin, clock: Clock, owner: ConnectionOwner) {
    this.origin = origin;
    this.#owner = owner;
    this.#deadline = new Deadline(clock, () => this.#expired());
  }

  /** Takes an exchange: sends it at once, or as soon as the connection stands. */
  carry(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#writer = new RequestWriter(exchange);
    exchange.carrier = this;
    if (this.#ready) this.#owner.pending(this);
    else this.#deadline.set(exchange.limits.connectTimeoutMs);
  }

  /** Writes the request that waits, if it still does. */
  flush(): void {
    if (this.#exchange !== undefined && this.#writer !== undefined && !this.#closed) {
      this.#write(this.#exchange, this.#writer);
    }
  }

  /** Closes an idle connection in good order. */
  close(): void {
    this.#shut("end");
  }

  // Told by the exchange and its body

  cut(): void {
    this.#shut("terminate");
  }

  abandon(): void {
    this.#exchange?.abandon();
    this.#shut("terminate");
  }

  pending(body: Flushable): void {
    this.#owner.pending(body);
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
    // The silence from here on is the reader's, not the peer's.
    this.#deadline.clear();
  }

  resume(): void {
    this.#paused = false;
    if (this.#exchange !== undefined) this.#deadline.set(this.#exchange.limits.idleTimeoutMs);
    this.#socket?.resume();
  }

  // Told by the socket

  /** TCP stands; a secure connection still has its handshake before it. */
  opened(socket: ConnectionSocket): void {
    this.#socket = socket;
    if (this.#closed) socket.terminate();
    // Whatever name led there: no provider lives where a cloud tells a machine its secrets.
    else if (isMetadataAddress(socket.remoteAddress ?? ""))
      this.refused(new Error("the address of a metadata service"));
    else if (!this.origin.secure) this.#stands();
  }

  /** TLS stands, or was refused by either side. */
  handshaken(trusted: boolean, error: Error | null): void {
    if (this.#closed || this.#ready) return;
    if (trusted) this.#stands();
    else this.#fail((peer) => handshakeFailure(peer, error));
  }

  /** There will be no socket. */
  refused(error: Error): void {
    this.#fail((peer) => connectFailure(peer, error));
  }

  /** The socket takes bytes again. */
  writable(): void {
    if (this.#exchange === undefined || !this.#ready || this.#writer?.done !== false) return;
    this.#write(this.#exchange, this.#writer);
  }

  /** Bytes arrived; the chunk is the connection's to keep. */
  received(chunk: Uint8Array): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // Bytes nobody asked for: whatever the peer means, the next answer could not be told from them.
      this.#shut("end");
      return;
    }
    try {
      this.#read(exchange, chunk);
    } catch (error) {
      if (!(error instanceof MalformedResponse)) throw error;
      this.#fail((peer) => upstreamFailure("upstream_bad_response", peer, this.#phase, error.message));
    }
  }

  /** The socket has closed, in good order or with an error. */
  lost(error?: Error): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.#shut("end");
    } else if (this.#reader.endsAtClose && error === undefined) {
      this.#finish(exchange);
    } else if (this.#reused && exchange.acceptedBytes === 0) {
      this.#shut("end");
      this.#owner.resend(exchange);
    } else {
      const how = { answering: this.#reader.started, sent: exchange.acceptedBytes > 0 };
      this.#fail((peer) => closedFailure(peer, this.#phase, how, error));
    }
  }

  get #phase(): Phase {
    if (!this.#ready) return "connect";
    if (this.#reader.inBody) return "response body";
    return this.#writer?.done === true ? "response head" : "request";
  }

  #stands(): void {
    this.#ready = true;
    this.flush();
  }

  #write(exchange: Exchange, writer: RequestWriter): void {
    // A peer that takes bytes is alive: the wait for its answer begins anew.
    if (!this.#reader.inBody) this.#deadline.set(exchange.limits.headTimeoutMs);
    if (this.#socket !== undefined && !writer.write(this.#socket)) this.lost();
  }

  #read(exchange: Exchange, chunk: Uint8Array): void {
    let rest = chunk;
    if (!this.#reader.inBody) {
      const head = this.#reader.takeHead(chunk);
      if (head === undefined) return;
      // An answer before the end of the request leaves a connection whose state is anyone's guess.
      this.idleLimitMs = this.#writer?.done === true ? idleLimitMs(head) : 0;
      exchange.answer(head, this);
      rest = this.#reader.rest;
    }
    const body = this.#reader.takeBody(rest);
    this.#deadline.set(exchange.limits.idleTimeoutMs);
    if (body.length > 0 && !exchange.deliver(body)) this.#shut("terminate");
    else if (this.#reader.complete) this.#finish(exchange);
  }

  #finish(exchange: Exchange): void {
    const reusable = this.#reader.clean && this.idleLimitMs > 0;
    this.#exchange = undefined;
    this.#deadline.clear();
    this.#reader.reset();
    exchange.finish();
    if (reusable) {
      this.#reused = true;
      if (this.#paused) this.resume();
      this.#owner.released(this);
    } else {
      this.#shut("end");
    }
  }

  #expired(): void {
    const limits = this.#exchange?.limits;
    if (limits === undefined) return;
    const limitMs = {
      connect: limits.connectTimeoutMs,
      request: limits.headTimeoutMs,
      "response head": limits.headTimeoutMs,
      "response body": limits.idleTimeoutMs,
    };
    const phase = this.#phase;
    this.#fail((peer) => timeoutFailure(peer, phase, limitMs[phase]));
  }

  #fail(explain: (peer: Peer) => GatewayError): void {
    const exchange = this.#exchange;
    this.#shut("terminate");
    exchange?.fail(explain(exchange));
  }

  /** Idempotent. The socket's own close event may arrive inside the call. */
  #shut(how: "end" | "terminate"): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#exchange = undefined;
    this.#deadline.dispose();
    this.#socket?.[how]();
    this.#owner.gone(this);
  }
}
