import { defineCommand } from "citty";
import { everyFlag } from "#cli/every-flag.ts";
import { findDataDirectory } from "#cli/find-data-directory.ts";
import { printLine } from "#cli/output.ts";
import { apiPath } from "#core/api/operation.ts";
import { statusOperations } from "#core/api/status.ts";
import { GatewayError } from "#core/errors.ts";
import { ControlClient } from "#platform/control-client.ts";
import { probeDaemon, type RunningDaemon } from "#platform/daemon-status.ts";

const pollMs = 50;
/** A question that meets the end may stay without an answer; what counts then is whether the lock is free. */
const probeMs = 1_000;

/** `tokligence stop`: the running gateway drains as after SIGTERM; ends with 0 when it has ended, or when none ran. */
export default defineCommand({
  meta: { description: "End the running gateway once its running work is done" },
  args: {
    now: { type: "boolean", description: "End running calls with an error instead of waiting for them" },
    timeout: { type: "string", valueHint: "seconds", description: "How long to wait for the end" },
    ...everyFlag,
  },
  async run({ args }) {
    const timeoutMs = args.timeout === undefined ? undefined : readSeconds(args.timeout) * 1000;
    const dataDir = await findDataDirectory(args);
    const daemon = await probeDaemon(dataDir);
    if (daemon === undefined) {
      if (await isFree(dataDir)) return printLine(`No gateway runs on ${dataDir}.`);
      throw new GatewayError(
        "unavailable",
        `Somebody works on ${dataDir} who does not answer: it starts or ends. Try again.`,
      );
    }
    const { pid, running, longestMs } = await askToEnd(daemon, args.now === true);
    if (running > 0) printLine(`Waits for ${running} running ${running === 1 ? "call" : "calls"}.`);
    await untilEnded(dataDir, pid, timeoutMs ?? longestMs);
    printLine(`Stopped process ${pid}.`);
  },
});

/** Resolves with how many calls it waits for, and how long it may take. */
async function askToEnd({ socketPath, status }: RunningDaemon, now: boolean) {
  const { pid, version } = status;
  if (pid === undefined) {
    throw new GatewayError("unavailable", `The gateway is of version ${version}; end it by a signal.`);
  }
  const { path, output } = statusOperations.shutDown;
  const client = new ControlClient(socketPath);
  const answer = await client.send("POST", `${apiPath}${path}`, output, { body: { pid, now } });
  return { pid, running: now ? 0 : answer.in_flight, longestMs: answer.longest_seconds * 1000 };
}

async function untilEnded(dataDir: string, pid: number, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    const daemon = await probeDaemon(dataDir, { timeoutMs: probeMs }).catch(() => undefined);
    // Whoever supervises it may have started the next one already.
    if (daemon !== undefined && daemon.status.pid !== pid) return;
    // The socket goes before the books are closed; only the lock says that they are.
    if (daemon === undefined && (await isFree(dataDir))) return;
    if (performance.now() > end) {
      throw new GatewayError("unavailable", "It drains still. tokligence stop --now ends its running calls.");
    }
    await Bun.sleep(pollMs);
  }
}

async function isFree(dataDir: string): Promise<boolean> {
  const { isDirectoryFree } = await import("#configurations/data-directory.ts");
  return isDirectoryFree(dataDir);
}

function readSeconds(text: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw new GatewayError("usage", "--timeout is a number of seconds.");
}
