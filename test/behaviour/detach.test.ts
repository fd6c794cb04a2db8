import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Processes are started that other work on the machine may stretch.
setDefaultTimeout(60_000);

/** A configuration whose gateways run in the background; whatever still does is ended. */
class Detached implements AsyncDisposable {
  readonly gateway: GatewayProcess;

  constructor(configuration = "") {
    this.gateway = new GatewayProcess({ program: testedProgram, configuration });
  }

  path(name: string): string {
    return join(this.gateway.configDir, name);
  }

  async pid(): Promise<number> {
    const { stdout } = await this.gateway.cli("status", "--json");
    return (JSON.parse(stdout) as { pid: number }).pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.cli("stop", "--now");
    await this.gateway[Symbol.asyncDispose]();
  }
}

/** Files of what starts and gateways say outside their logs. */
const leftOutput = ({ gateway }: Detached): string[] =>
  readdirSync(gateway.configDir).filter((name) => name.startsWith("tokligence.out"));

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test("serve --detach ends when it serves, in a session of its own; a second one is refused; stop ends it", async () => {
  await using detached = new Detached();
  const { gateway } = detached;
  // However the flag is spelled: handed on it would start one process after the other.
  const started = await gateway.cli("serve", "--detach=true");
  expect([started.exitCode, started.stderr]).toEqual([0, ""]);
  expect(started.stdout).toContain(`listens on ${gateway.url}`);
  const pid = await detached.pid();
  expect(started.stdout).toContain(
    `Runs in the background as process ${pid}; log in ${detached.path("tokligence.log")}`,
  );
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  const session = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3];
  expect(session).toBe(String(pid));

  const second = await gateway.cli("serve", "--detach");
  expect([second.exitCode, second.stdout]).toEqual([69, ""]);
  expect(second.stderr).toContain(`process ${pid}, ${gateway.url}`);

  // The key of the first administrator was shown, and is written down nowhere.
  const key = /tok_adm_\w+/.exec(started.stdout)?.[0] ?? "none was shown";
  for (const name of ["tokligence.log", "tokligence.out"]) {
    expect(readFileSync(detached.path(name), "utf8")).not.toContain(key);
    expect(statSync(detached.path(name)).mode & 0o777).toBe(0o600);
  }
  expect(await gateway.cli("stop")).toEqual({ exitCode: 0, stdout: `Stopped process ${pid}.\n`, stderr: "" });
  await eventually("it has ended", () => !isAlive(pid));
  const again = await gateway.cli("stop");
  expect([again.exitCode, again.stdout]).toEqual([0, `No gateway runs on ${gateway.configDir}.\n`]);
});

test("serve --detach that cannot serve tells the last lines and ends with the exit code of the one it started", async () => {
  await using detached = new Detached();
  using taken = Bun.serve({ port: detached.gateway.port, hostname: "127.0.0.1", fetch: () => new Response("") });
  const { exitCode, stdout, stderr } = await detached.gateway.cli("serve", "--detach");
  expect([exitCode, stdout, taken.port]).toEqual([69, "", detached.gateway.port]);
  expect(stderr).toContain("is in use by another program");
  expect(stderr).toEndWith("It ended with exit code 69.\n");
  expect(leftOutput(detached)).toEqual([]);
});

test("of two serve --detach at once one serves and shows the key of the first administrator, the other is refused", async () => {
  await using detached = new Detached();
  const ends = await Promise.all([1, 2].map(() => detached.gateway.cli("serve", "--detach")));
  const [first, second] = ends.toSorted((a, b) => a.exitCode - b.exitCode);
  expect([first?.exitCode, first?.stderr, second?.exitCode, second?.stdout]).toEqual([0, "", 69, ""]);
  expect(first?.stdout).toMatch(/^tok_adm_\w+$/m);
  expect(first?.stdout).not.toContain("Another tokligence");
  expect(leftOutput(detached)).toEqual(["tokligence.out"]);
});

test("serve --detach --json names the first administrator and its key at the first start alone", async () => {
  await using detached = new Detached();
  const { gateway } = detached;
  const start = async (): Promise<unknown> => JSON.parse((await gateway.cli("serve", "--detach", "--json")).stdout);
  const first = await start();
  const log = detached.path("tokligence.log");
  const root_admin = { email: "root@localhost", key: expect.stringMatching(/^tok_adm_\w+$/) };
  expect(first).toEqual({ pid: await detached.pid(), address: gateway.url, log, root_admin });
  await gateway.cli("stop", "--now");
  expect(await start()).toMatchObject({ address: gateway.url, root_admin: null });
});

test("serve --detach that is told to end while it waits ends what it has started", async () => {
  await using detached = new Detached();
  const { configDir } = detached.gateway;
  // Whoever starts waits two seconds for a lock.
  const lock = new DirectoryLock(configDir);
  lock.acquire();
  const child = Bun.spawn([...testedProgram, "serve", "--detach", "--config-dir", configDir], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, HOME: configDir },
  });
  const interrupt = 0x2n;
  const caught = () =>
    BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0}`);
  await eventually("it has started one and waits", () => (caught() & interrupt) !== 0n);
  child.kill("SIGINT");
  expect([await child.exited, await child.stderr.text()]).toEqual([
    expect.any(Number),
    expect.stringMatching(/It ended with exit code \d+\.\n$/),
  ]);
  expect([child.exitCode === 0, leftOutput(detached)]).toEqual([false, []]);
  lock.release();
});

test("stop says so where somebody works on the data who does not answer: a gateway that starts is not missed", async () => {
  await using detached = new Detached();
  const { configDir } = detached.gateway;
  const lock = new DirectoryLock(configDir);
  lock.acquire();
  const { exitCode, stdout, stderr } = await detached.gateway.cli("stop");
  expect([exitCode, stdout, stderr]).toEqual([69, "", expect.stringContaining("it starts or ends")]);
  lock.release();
});

test("serve --detach says on the spot what is wrong with the configuration", async () => {
  await using detached = new Detached();
  writeFileSync(detached.path("setting.ini"), "no_such_key = 1\n");
  const { exitCode, stderr } = await detached.gateway.cli("serve", "--detach");
  expect([exitCode, existsSync(detached.path("tokligence.log"))]).toEqual([78, false]);
  expect(stderr).toContain("no_such_key");
});

test("stop lets running calls end however often it is asked, says that it waits, gives up in time, and ends them with --now", async () => {
  await using upstream = await gatedUpstream();
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n`;
  await using detached = new Detached(`[gateway]\nshutdown_grace = 60\n${provider}`);
  const { gateway } = detached;
  expect((await gateway.cli("serve", "--detach")).exitCode).toBe(0);
  const reader = new FrameReader(await chat(gateway, { stream: true }));
  expect(await reader.next()).toContain('"begun"');
  const patient = await gateway.cli("stop", "--timeout", "0.1");
  expect([patient.exitCode, patient.stdout]).toEqual([69, "Waits for 1 running call.\n"]);
  const again = await gateway.cli("stop", "--timeout", "0.1");
  expect([again.exitCode, again.stdout]).toEqual([69, "Waits for 1 running call.\n"]);
  expect(patient.stderr).toContain("tokligence stop --now");
  const stopping = gateway.cli("stop", "--now");
  expect((await reader.rest()).at(-1)).toContain('"code":"draining"');
  expect((await stopping).exitCode).toBe(0);
});
