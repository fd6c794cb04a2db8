import { GatewayError } from "#core/errors.ts";
import { listeningUrl } from "#core/listening-url.ts";
import { isLookedUp } from "#platform/resolve-host.ts";
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
  /** How long a connection may lie idle once a known caller has used it; 10 seconds unless said, at most 255. */
  readonly keepAliveMs?: number;
  /** Beside a listener of another process that shares the port; else whoever has the port already is a reason to refuse. */
  readonly shared?: boolean;
}

/** An open door. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Requests whose answer has not been sent to its end. */
  pending(): number;
  /** Takes no new connection; resolves when the running requests have ended. */
  stop(): Promise<void>;
  /** Closes everything at once. */
  abort(): Promise<void>;
}

/**
 * Seconds after which a connection is cut whose request is not complete, however its bytes trickle in, and one that lies idle;
 * unless a request on it was kept open. The runtime looks every four seconds.
 */
export const idleTimeoutSeconds = 10;

/**
 * Listens on TCP. Rejects by throwing `unavailable` when the port cannot be had, `config_invalid` when the address or
 * the TLS pair cannot be used; each message is one line.
 */
export function listen(options: ListenOptions): Listener {
  const server = open(options);
  const port = server.port ?? options.port;
  return {
    host: options.host,
    port,
    url: listeningUrl({ ...options, port }),
    pending: () => server.pendingRequests,
    stop: () => server.stop(),
    abort: () => server.stop(true),
  };
}

function open(options: ListenOptions): Bun.Server<undefined> {
  const { keepAliveMs } = options;
  const keepAliveSeconds = keepAliveMs === undefined ? idleTimeoutSeconds : Math.ceil(keepAliveMs / 1000);
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      development: false,
      // Said in so many words: left out, a second process would share the port instead of being refused.
      reusePort: options.shared === true,
      idleTimeout: idleTimeoutSeconds,
      // The door answers 413 in the caller's own envelope; this is only the wall behind it.
      maxRequestBodySize: options.maxBodyBytes * 16,
      ...(options.tls === undefined ? {} : { tls: { ...options.tls } }),
      fetch: (request, server) => options.app.fetch(request, new TcpConnection(request, server, keepAliveSeconds)),
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
  readonly #keepAliveSeconds: number;

  constructor(request: Request, server: Bun.Server<undefined>, keepAliveSeconds: number) {
    this.#request = request;
    this.#server = server;
    this.#keepAliveSeconds = keepAliveSeconds;
  }

  get address(): string {
    return this.#server.requestIP(this.#request)?.address ?? "";
  }

  keepOpen(): void {
    this.#server.timeout(this.#request, 0);
  }

  restoreIdleTimeout(): void {
    this.#server.timeout(this.#request, this.#keepAliveSeconds);
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
      // Without a code it may be anything, as a key that does not fit.
      if (code !== "" && isLookedUp(host)) {
        return new GatewayError("config_invalid", `${host} (gateway.host) is no name that this machine knows.`, {
          cause,
        });
      }
      return new GatewayError("config_invalid", `Cannot listen on ${place}${code === "" ? "" : ` (${code})`}.`, {
        cause,
      });
  }
}
