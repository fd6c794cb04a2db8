import { GatewayError } from "#core/errors.ts";
import { systemCode } from "#platform/system-code.ts";
import type { TlsPair } from "#platform/tls-pair.ts";

/** What the transport knows of a request. */
export interface Connection {
  /** Address of the peer; empty on the control socket. */
  readonly address: string;
  /** Whether the request came through the control socket. */
  readonly root: boolean;
  /** Lifts the runtime's idle timeout for this request. */
  keepOpen(): void;
  /** Puts it back: the runtime would leave the connection without one for good. */
  restoreIdleTimeout?(): void;
}

/** Whoever answers requests. */
export interface RequestHandler {
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
}

/** Where and how to listen on TCP. */
export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly app: RequestHandler;
  readonly tls?: TlsPair;
  readonly maxBodyBytes: number;
}

/** An open door. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Takes no new connection; resolves when the running requests have ended. */
  stop(): Promise<void>;
  /** Closes everything at once. */
  abort(): Promise<void>;
}

/** Seconds of silence after which a connection is cut, unless its request was kept open. */
const idleTimeoutSeconds = 10;

/**
 * Listens on TCP. Rejects by throwing `unavailable` when the port cannot be had, `config_invalid` when the address or
 * the TLS pair cannot be used; each message is one line.
 */
export function listen(options: ListenOptions): Listener {
  const server = open(options);
  const port = server.port ?? options.port;
  const scheme = options.tls === undefined ? "http" : "https";
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    host: options.host,
    port,
    url: `${scheme}://${host}:${port}`,
    stop: () => server.stop(),
    abort: () => server.stop(true),
  };
}

function open(options: ListenOptions): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      development: false,
      // Said in so many words: left out, a second process would share the port instead of being refused.
      reusePort: false,
      idleTimeout: idleTimeoutSeconds,
      // The door answers 413 in the caller's own envelope; this is only the wall behind it.
      maxRequestBodySize: options.maxBodyBytes * 16,
      ...(options.tls === undefined ? {} : { tls: { ...options.tls } }),
      fetch: (request, server) => options.app.fetch(request, new TcpConnection(request, server)),
      error: answerInternalError,
    });
  } catch (cause) {
    throw listenError(options, cause);
  }
}

/** The peer is looked up only when asked for: it costs more than the rest of the connection. */
class TcpConnection implements Connection {
  readonly root = false;
  readonly #request: Request;
  readonly #server: Bun.Server<undefined>;

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request;
    this.#server = server;
  }

  get address(): string {
    return this.#server.requestIP(this.#request)?.address ?? "";
  }

  keepOpen(): void {
    this.#server.timeout(this.#request, 0);
  }

  restoreIdleTimeout(): void {
    this.#server.timeout(this.#request, idleTimeoutSeconds);
  }
}

/** The last resort behind the door's own error handling: says nothing about what went wrong. */
export function answerInternalError(): Response {
  const body = { type: "about:blank", title: "Internal error", status: 500, code: "internal" };
  return Response.json(body, { status: 500, headers: { "content-type": "application/problem+json" } });
}

function listenError({ host, port }: ListenOptions, cause: unknown): GatewayError {
  const place = `${host}:${port}`;
  const code = systemCode(cause);
  switch (code) {
    case "EADDRINUSE":
      return new GatewayError(
        "unavailable",
        `Port ${port} on ${host} is in use by another program; choose another with --port.`,
        { cause },
      );
    case "EACCES":
    case "EPERM":
      return new GatewayError("unavailable", `Not allowed to listen on ${place}; ports below 1024 need privileges.`, {
        cause,
      });
    case "EADDRNOTAVAIL":
      return new GatewayError("config_invalid", `${host} (gateway.host) is not an address of this machine.`, { cause });
    default:
      return new GatewayError("config_invalid", `Cannot listen on ${place}${code === "" ? "" : ` (${code})`}.`, {
        cause,
      });
  }
}
