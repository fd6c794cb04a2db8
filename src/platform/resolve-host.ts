import { lookup } from "node:dns/promises";

/** All addresses of a host as the machine's resolver knows them, in its order. Rejects when it knows none. */
export async function resolveHost(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
