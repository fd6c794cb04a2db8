import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** All addresses of a host as the machine's resolver knows them, in its order. Rejects when it knows none. */
export async function resolveHost(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** Whether a host is written as a name that has to be looked up. Where that fails, listening fails with whatever code. */
export function isLookedUp(host: string): boolean {
  return isIP(host.replace(/^\[(.*)\]$/, "$1")) === 0 && host !== "localhost";
}
