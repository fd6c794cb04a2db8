import { expect, test } from "bun:test";
import { listenersIn, portHolder, probePort } from "#platform/port-probe.ts";

test("a port is taken by whoever listens there, shared or not, and free again afterwards", async () => {
  for (const reusePort of [false, true]) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", reusePort, fetch: () => new Response() });
    const port = server.port ?? 0;
    expect(probePort("127.0.0.1", port)).toBe("taken");
    await server.stop(true);
    expect(probePort("127.0.0.1", port)).toBe("free");
  }
});

test("an address that this machine has not is refused by its reason", () => {
  // 192.0.2.0/24 is for documentation (RFC 5737): nobody has it.
  expect(probePort("192.0.2.1", 40_000)).toEqual({ refused: "EADDRNOTAVAIL" });
});

test("who listens is known by process and name, where the system tells", () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const holder = portHolder(server.port ?? 0);
  if (process.platform === "linux") expect(holder?.pid).toBe(process.pid);
  void server.stop(true);
  expect(portHolder(1)).toBeUndefined();
});

test("only listening sockets of the very port are read from the system's table", () => {
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000 100`;
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    line("0100007F:1F91", "0A", 11),
    line("0100007F:1F91", "01", 12),
    line("0100007F:1F92", "0A", 13),
    line("00000000000000000000000001000000:1F91", "0A", 14),
  ].join("\n");
  expect(listenersIn(table, 8081)).toEqual(["11", "14"]);
});
