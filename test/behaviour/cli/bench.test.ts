/** `bench` as typed: it measures, ends by itself, and leaves nothing behind. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended } from "../../harness/ended.ts";
import { eventually } from "../../harness/eventually.ts";
import { testedProgram } from "../../harness/gateway.ts";

// Processes, that other work on the machine may stretch.
setDefaultTimeout(120_000);

let root: string;
let temporary: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tokligence-benched-"));
  temporary = join(root, "tmp");
  mkdirSync(temporary);
});
afterEach(() => rmSync(root, { recursive: true }));

function start(...words: readonly string[]) {
  return Bun.spawn([...testedProgram, "bench", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", HOME: root, TMPDIR: temporary },
  });
}

/** Processes that were started with this directory in their environment (Linux). */
function processesLeft(): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").includes(temporary);
    } catch {
      return false;
    }
  });
}

function holding(...names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, expect.any(Number)]));
}

test("every figure is told with its unit, for the direct way and with features off and on, and nothing is left", async () => {
  const child = start("--seconds", "3", "--rate", "50", "--connections", "4", "--streams", "10", "--json");
  const { exitCode, stdout, stderr } = await ended(child);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const result = JSON.parse(stdout) as Record<string, object>;
  expect(result).toMatchObject({
    command: "tokligence bench --seconds 3 --rate 50 --connections 4 --streams 10",
    rounds: 3,
    rate_per_second: 50,
    machine: { bun: Bun.version },
  });
  const figures = ["call_p50_ms", "call_p95_ms", "call_p99_ms", "first_token_p50_ms", "event_late_p99_ms"];
  const ofGateway = ["added_call_p50_ms", "added_first_token_p50_ms", "idle_memory_mb", "streams_memory_mb"];
  expect(result["direct"]).toMatchObject(holding("requests_per_second", ...figures));
  for (const side of ["features_off", "features_on"]) {
    expect(result[side]).toMatchObject(holding("requests_per_second", ...figures, ...ofGateway));
  }
  expect(readdirSync(temporary)).toEqual([]);
  expect(processesLeft()).toEqual([]);
});

test("Ctrl-C ends it with its code, and nothing is left", async () => {
  const child = start();
  await eventually("its gateways start", () => readdirSync(temporary).length > 0, 30_000);
  child.kill("SIGINT");
  expect([await child.exited, await child.stdout.text()]).toEqual([130, ""]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(processesLeft()).toEqual([]);
});

test("even after kill -9 its processes end and its directories go", async () => {
  const child = start("--seconds", "3", "--streams", "10");
  const served = () => readdirSync(temporary).filter((name) => existsSync(join(temporary, name, "control.sock")));
  await eventually("both gateways run", () => served().length === 2, 30_000);
  child.kill("SIGKILL");
  await child.exited;
  await eventually(
    "nothing is left",
    () => processesLeft().length === 0 && readdirSync(temporary).length === 0,
    30_000,
  );
});

test.each([
  [["--rate", "0"], "--rate is a whole number from 10 to 100000."],
  [["--seconds", "x"], "--seconds is a whole number from 3 to 3600."],
])("%j is a mistake", async (words, line) => {
  const child = start(...words);
  expect([await child.exited, await child.stderr.text()]).toEqual([2, `tokligence: ${line}\n`]);
});
