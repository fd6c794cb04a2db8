import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { serviceManagerAt } from "#platform/sd-notify.ts";

/** A real datagram socket that prints what it hears as one JSON text a line. */
const listener = `
import json, socket, sys
name = sys.argv[1]
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind("\\0" + name[1:] if name.startswith("@") else name)
print("ready", flush=True)
for _ in range(2):
    print(json.dumps(heard.recv(4096).decode()), flush=True)
`;

async function heardAt(address: string, say: () => void): Promise<unknown[]> {
  const child = Bun.spawn(["python3", "-c", listener, address], { stdout: "pipe" });
  const lines: string[] = [];
  let text = "";
  for await (const piece of child.stdout) {
    text += new TextDecoder().decode(piece);
    if (text.startsWith("ready") && lines.length === 0) {
      lines.push("ready");
      say();
    }
  }
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line): unknown => JSON.parse(line));
}

test.each([`/tmp/notify-${process.pid}.sock`, `@tokligence-notify-${process.pid}`])(
  "one datagram holds all that is told at once, at %s",
  async (address) => {
    const heard = await heardAt(address, () => {
      const manager = serviceManagerAt(address);
      expect(manager?.tell({ READY: 1, STATUS: "serving\nMAINPID=1" })).toBe(true);
      expect(manager?.tell({ WATCHDOG: 1 })).toBe(true);
    });
    expect(heard).toEqual(["READY=1\nSTATUS=serving MAINPID=1", "WATCHDOG=1"]);
    rmSync(address, { force: true });
  },
);

test("a manager that is gone is told nothing, and nothing fails", () => {
  expect(serviceManagerAt("/nowhere/at/all")?.tell({ READY: 1 })).toBe(false);
});

test("its clock is the monotonic one of the machine, which every process reads alike", () => {
  const nowSeconds = () => Number(serviceManagerAt("/nowhere")?.nowUs() ?? 0n) / 1e6;
  const before = nowSeconds();
  const { stdout } = Bun.spawnSync(["python3", "-c", "import time; print(time.monotonic())"]);
  const read = Number(stdout.toString());
  expect([before <= read, read <= nowSeconds()]).toEqual([true, true]);
});

test("addresses that no socket can have are nobody", () => {
  for (const address of [undefined, "", "@", "relative", `/${"a".repeat(200)}`]) {
    expect(serviceManagerAt(address)).toBeUndefined();
  }
});
