/** Where a program of its own network starts: every device is down. SIOCSIFFLAGS with IFF_UP (netdevice(7)). */
const raiseLoopback =
  'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))';

/** As root nothing else is needed, others get a user namespace as well. */
const unshare: readonly string[] = ["unshare", process.getuid?.() === 0 ? "-nm" : "-rnm"];

/**
 * The program on a machine that has loopback and no other network, and nobody to ask for names (`/etc/resolv.conf` is empty).
 * Throws where the machine does not allow that.
 */
export function onLonelyMachine(program: readonly string[]): readonly string[] {
  const setUp = `mount --bind /dev/null /etc/resolv.conf && python3 -c '${raiseLoopback}'`;
  const trial = Bun.spawnSync([...unshare, "sh", "-c", setUp]);
  if (trial.exitCode !== 0) {
    throw new Error(`This test needs a network of its own (Linux, root or user namespaces): ${trial.stderr}`);
  }
  return [...unshare, "sh", "-c", `${setUp} && exec "$@"`, "sh", ...program];
}

/** Calls by which a program talks to others; what a connected socket sends needs no watching. */
export const networkCalls = ["connect", "sendto", "sendmsg", "sendmmsg"] as const;

/** Whom a program has addressed, from a log of these calls: `address:port` of the internet families, `path` of Unix sockets; once each. */
export function addressed(log: string): readonly string[] {
  const internet = log.matchAll(/sin6?_port=htons\((\d+)\)[^}]*?"([^"]+)"/g);
  const unix = log.matchAll(/sun_path=@?"([^"]+)"/g);
  const found = [
    ...[...internet].map(([, port, address]) => `${address}:${port}`),
    ...[...unix].map(([, path]) => path ?? ""),
  ];
  return [...new Set(found)].toSorted();
}
