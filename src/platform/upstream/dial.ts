import { rootCertificates } from "node:tls";
import type { Connection } from "#platform/upstream/connection.ts";

/** Probes after this long a silence, so that a peer that vanished behind a middlebox is noticed. */
const keepAliveProbeMs = 30_000;

/** `http/1.1` in the wire format of RFC 7301: the runtime passes the string on as it is. */
const alpnProtocols = "\x08http/1.1";

/** One set of functions for every socket; the connection is the socket's `data`. */
const handlers: Bun.SocketHandler<Connection> = {
  // Plain arrays: a `Buffer` would reach readers whose `slice` expects to copy.
  binaryType: "uint8array",
  open(socket) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveProbeMs);
    socket.data.opened(socket);
  },
  handshake(socket, trusted, error) {
    socket.data.handshaken(trusted, error);
  },
  data(socket, chunk) {
    socket.data.received(chunk);
  },
  drain(socket) {
    socket.data.writable();
  },
  close(socket, error) {
    socket.data.lost(error);
  },
  error(socket, error) {
    socket.data.lost(error);
  },
};

/** Opens sockets for connections. */
export type Dial = (connection: Connection) => void;

/**
 * Dials with Bun's sockets. Certificates and names are always verified, against Mozilla's authorities and those of
 * `authorities` (PEM). The outcome reaches the connection through its socket methods.
 */
export function socketDial(authorities: string | undefined): Dial {
  const trusted = authorities === undefined ? {} : { ca: [...rootCertificates, authorities] };
  return async (connection) => {
    const { hostname, port, secure, address = hostname } = connection.origin;
    const tls = { ...trusted, serverName: hostname, rejectUnauthorized: true, ALPNProtocols: alpnProtocols };
    try {
      await Bun.connect({ hostname: address, port, socket: handlers, data: connection, ...(secure ? { tls } : {}) });
    } catch (error) {
      connection.refused(error instanceof Error ? error : new Error("no socket", { cause: error }));
    }
  };
}
