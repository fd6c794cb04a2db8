import { expect, test } from "bun:test";
import { isLoopback } from "#settings/resolve/blockers.ts";
import { resolveHost } from "#platform/resolve-host.ts";

test("the machine's own name has addresses of this machine, a name that is none rejects", async () => {
  const addresses = await resolveHost("localhost");
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter((address) => !isLoopback(address))).toEqual([]);
  await expect(resolveHost("no..name")).rejects.toThrow();
});
