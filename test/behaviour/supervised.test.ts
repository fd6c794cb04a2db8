import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chatStream } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

setDefaultTimeout(60_000);

/** A datagram socket as a service manager has it; each message is printed as one line, `&` between its lines. */
const listener = `
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(heard.recv(4096).decode().replace("\\n", "&"), flush=True)
`;

/** What a service manager at a socket of its own has heard. */
class Manager implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "notify-"));
  readonly address = join(this.directory, "notify");
  readonly #child = Bun.spawn(["python3", "-c", listener, this.address], { stdout: "pipe" });
  #text = "";

  constructor() {
    void this.#read();
  }

  get heard(): string[] {
    return this.#text.split("\n").slice(1, -1);
  }

  async ready(): Promise<this> {
    await eventually("the manager listens", () => this.#text.startsWith("ready\n"));
    return this;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) this.#text += decoder.decode(bytes, { stream: true });
  }
}

test("a service manager hears ready with the address, the watchdog, reloads, and stopping with its time", async () => {
  using manager = await new Manager().ready();
  await using upstream = await gatedUpstream();
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n`;
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[gateway]\nshutdown_grace = 20\n${provider}`,
    environment: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "400000" },
  });
  await eventually("it is ready", () => manager.heard.length > 0);
  expect(manager.heard[0]).toBe(`READY=1&STATUS=serving on ${gateway.url}`);
  const beats = (): number => manager.heard.filter((word) => word === "WATCHDOG=1").length;
  await eventually("the watchdog is told again and again", () => beats() > 2);

  gateway.signal("SIGHUP");
  await eventually("it has reloaded", () => manager.heard.filter((word) => word.startsWith("READY=1")).length === 2);
  const reloading = manager.heard.findIndex((word) => /^RELOADING=1&MONOTONIC_USEC=\d+&STATUS=/.test(word));
  expect(reloading).toBeGreaterThan(0);
  expect(reloading).toBeLessThan(manager.heard.findLastIndex((word) => word.startsWith("READY=1")));

  const reader = new FrameReader(await chatStream(gateway));
  expect(await reader.next()).toContain('"begun"');
  gateway.signal("SIGTERM");
  const stopping = await eventually("it says that it stops", () =>
    manager.heard.find((word) => word.startsWith("STOPPING=1")),
  );
  expect(stopping).toMatch(/&EXTEND_TIMEOUT_USEC=35000000$/);
  const before = beats();
  await eventually("the watchdog hears of a drain too", () => beats() > before);
  upstream.open();
  await reader.rest();
  expect(await gateway.exited()).toBe(0);
});

test("a manager that is gone, and one that watches another process, change nothing", async () => {
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    environment: { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" },
  });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
});
