import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { choosingFlags } from "#cli/choosing-flags.ts";
import { firstAdminIn } from "#cli/first-admin.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { type RunningDaemon, probeDaemon } from "#platform/daemon-status.ts";
import { ownCommand } from "#platform/own-command.ts";
import { onTermination } from "#platform/signals.ts";
import { systemCode } from "#platform/system-code.ts";
import type { ConfigurationChoice } from "#settings/process-input.ts";
import type { Settings } from "#settings/settings.ts";

const pollMs = 20;
/** As long as the units of a service manager wait: a large database is looked through first. */
const patienceMs = 120_000;
const shownLines = 20;
/** What the banner says of the end, which is another one here. */
const byKeyboard = "Stop with Ctrl-C.";
/** The flag in every spelling that is understood: a child that was given it would start a child, and so on. */
const detachFlag = /^--?(?:no-)?detach(?:=|$)/;

/** A daemon that is being started. */
type Starting = Pick<Bun.Subprocess, "pid" | "exited" | "kill">;

/** What was asked for beside the settings. */
export interface DetachedWish {
  /** The words behind `serve`. */
  readonly words: readonly string[];
  readonly takesOver: boolean;
  readonly choice: ConfigurationChoice;
  readonly json: boolean;
}

/**
 * Starts the same `serve` once more in a session of its own and waits until it answers on its control socket. Resolves with 0
 * when it serves, with its own exit code when it ended instead; a signal ends it too. Throws `unavailable` where one runs already.
 */
export async function serveDetached(settings: Settings, wish: DetachedWish): Promise<number> {
  const { dataDir } = settings;
  const taken = wish.takesOver ? undefined : await probeDaemon(dataDir);
  if (taken !== undefined) {
    const { address, pid } = taken.status;
    throw new GatewayError(
      "unavailable",
      `A gateway runs already on ${dataDir}: process ${pid}, ${address}. tokligence stop ends it.`,
    );
  }
  const logPath = settings.logFile?.path ?? resolve(dataDir, "tokligence.log");
  // What it says outside its log: the banner, the key of the first administrator, how the runtime crashed. Until it serves the file
  // is that of this start alone, which may not be the only one.
  const lasting = join(dataDir, "tokligence.out");
  const path = `${lasting}.${process.pid}`;
  const output = openOutput(dataDir, path);
  try {
    const outcome = await untilServing(startIn(settings, logPath, wish.words, output), dataDir);
    const said = readFileSync(path, "utf8").trimEnd().split("\n");
    if (typeof outcome === "number") {
      printNotice([...said.slice(-shownLines), `It ended with exit code ${outcome}.`].join("\n"));
      return outcome === 0 ? 1 : outcome;
    }
    if (outcome === undefined) {
      printNotice(said.slice(-shownLines).join("\n"));
      throw new GatewayError("unavailable", `It did not serve within ${patienceMs / 1000} s and was told to end.`);
    }
    // A key was among it: once shown, it is nowhere.
    ftruncateSync(output);
    renameSync(path, lasting);
    const { pid = 0, address = "" } = outcome.status;
    if (wish.json) printJson({ pid, address, log: logPath, root_admin: firstAdminIn(said) ?? null });
    else printLine([...said.filter((line) => line !== byKeyboard), ...farewell(wish.choice, pid, logPath)].join("\n"));
    return 0;
  } finally {
    closeSync(output);
    rmSync(path, { force: true });
  }
}

function farewell(choice: ConfigurationChoice, pid: number, logPath: string): string[] {
  return [
    `Runs in the background as process ${pid}; log in ${logPath}`,
    `Stop with: ${["tokligence stop", ...choosingFlags(choice)].join(" ")}`,
  ];
}

function openOutput(dataDir: string, path: string): number {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return openSync(path, "a+", 0o600);
  } catch (cause) {
    throw new GatewayError("config_invalid", `Cannot write ${path} (${systemCode(cause) || "unknown"}).`, { cause });
  }
}

function startIn(settings: Settings, logPath: string, words: readonly string[], output: number): Starting {
  const own = words.filter((word) => !detachFlag.test(word));
  const logged = settings.logFile === undefined ? ["--set", `log.file=${logPath}`] : [];
  return Bun.spawn([...ownCommand(), "serve", ...logged, ...own], {
    stdio: ["ignore", output, output],
    // A session of its own: no terminal that closes ends it.
    detached: true,
  });
}

/** The daemon once it answers, or the exit code of one that ended before; one that does neither is told to end. */
async function untilServing(child: Starting, dataDir: string): Promise<RunningDaemon | number | undefined> {
  const end = performance.now() + patienceMs;
  // In a session of its own it does not hear of Ctrl-C.
  const giveBack = onTermination({ first: () => child.kill("SIGTERM"), again: () => child.kill("SIGKILL") });
  try {
    while (performance.now() < end) {
      const ended = await Promise.race([child.exited, Bun.sleep(pollMs)]);
      if (ended !== undefined) return ended;
      const daemon = await probeDaemon(dataDir).catch(() => undefined);
      if (daemon?.status.pid === child.pid) return daemon;
    }
  } finally {
    giveBack();
  }
  child.kill("SIGTERM");
  return undefined;
}
