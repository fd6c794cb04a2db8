import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runInForeground } from "#platform/foreground-program.ts";
import { HeldSignals } from "#platform/held-signals.ts";
import { eventually } from "../../test/harness/eventually.ts";

const shell = (script: string) => ({ path: "/bin/sh", arguments: ["-c", script], environment: {} });

test("the exit code is the program's own, or that of the signal that ended it", async () => {
  using signals = new HeldSignals(new EventEmitter());
  expect(await runInForeground(shell("exit 7"), signals, false)).toBe(7);
  expect(await runInForeground(shell("kill -KILL $$"), signals, false)).toBe(137);
});

test("signals are passed on, and the second SIGTERM kills a program that does not heed the first", async () => {
  const source = new EventEmitter();
  using signals = new HeldSignals(source);
  const heard = join(mkdtempSync(join(tmpdir(), "tokligence-deaf-")), "ready");
  const script = `trap '' TERM; : > ${heard}; while :; do sleep 0.01; done`;
  const deaf = runInForeground(shell(script), signals, false);
  await eventually("it is deaf", () => existsSync(heard));
  source.emit("SIGTERM");
  source.emit("SIGTERM");
  expect(await deaf).toBe(137);
  rmSync(dirname(heard), { recursive: true });
});

test("what the terminal says to both is not said twice", async () => {
  const source = new EventEmitter();
  using signals = new HeldSignals(source);
  const ended = runInForeground(shell("sleep 0.2; exit 4"), signals, true);
  source.emit("SIGINT");
  expect(await ended).toBe(4);
});

test("a signal that came before keeps the program from being started", async () => {
  const source = new EventEmitter();
  using signals = new HeldSignals(source);
  source.emit("SIGHUP");
  expect(await runInForeground(shell("exit 7"), signals, false)).toBe(129);
});

test("what cannot be started is named with the system's reason", async () => {
  const broken = join(mkdtempSync(join(tmpdir(), "tokligence-broken-")), "tool");
  writeFileSync(broken, "neither a program nor a script", { mode: 0o755 });
  using signals = new HeldSignals(new EventEmitter());
  const program = { path: broken, arguments: [], environment: {} };
  const refusal = runInForeground(program, signals, false).catch((thrown: unknown) => thrown);
  expect(await refusal).toMatchObject({ code: "unavailable", message: `${broken} cannot be started: ENOEXEC.` });
  rmSync(dirname(broken), { recursive: true });
});

test("the signals are given back", () => {
  const source = new EventEmitter();
  const signals = new HeldSignals(source);
  expect(source.listenerCount("SIGINT")).toBe(1);
  signals[Symbol.dispose]();
  expect(source.eventNames()).toEqual([]);
});
