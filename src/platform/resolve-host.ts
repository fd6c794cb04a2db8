import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** All addresses of a host as the machine's resolver knows them, in its order. Rejects when it knows none. */
export async function resolveHost(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** Whether listening failed with this code since the host is a name that the machine's resolver does not know; the code says little. */
export function isUnknownName(host: string, code: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 && ["", "EAGAIN", "EINVAL", "ENOTFOUND"].includes(code);
}
