/** HTTP towards providers. Errors are `GatewayError` with an `upstream_*` code. Redirects are never followed. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  /** What messages call the other side: a provider's name. They reach callers, who learn no address. */
  readonly peer: string;
  /** Absolute `http:` or `https:` URL without credentials. */
  readonly url: string;
  /**
   * The IP address to connect to, checked by the caller, instead of looking the URL's host up again; `host` and TLS name stay
   * the URL's. Such a connection serves this one request.
   */
  readonly connectTo?: string;
  /** Lower-case names. `host`, `user-agent`, `content-length`, `connection` and `accept-encoding` are the client's own business. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Aborting closes the connection at once and rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly limits: UpstreamLimits;
}

/** All in milliseconds or bytes; every phase has its own clock, disarmed when the phase ends. */
export interface UpstreamLimits {
  /** Name lookup, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** From the request written until the response head is complete. */
  readonly headTimeoutMs: number;
  /** Longest silence while the body is read. */
  readonly idleTimeoutMs: number;
  /** Decoded bytes of an unstreamed body; `Infinity` for streams. */
  readonly maxBodyBytes: number;
}

/** A response whose head has arrived. */
export interface UpstreamResponse {
  readonly status: number;
  /** A response header by lower-case name; repeated ones joined by ", ". */
  header(name: string): string | undefined;
  /**
   * Decoded body, pulled: nothing is read ahead beyond a socket buffer. Ends only when the message is complete by its
   * own framing; a cut one throws `upstream_truncated`. Returning early closes the connection.
   */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

/** The one way to providers; whoever implements it owns sockets, TLS and clocks. */
export interface UpstreamHttp {
  /** Resolves with the response head. Safe retries on stale pooled connections happen inside, only while nothing was written. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>;
}
