import { defineCommand } from "citty";
import { everyFlag } from "#cli/every-flag.ts";
import { findDataDirectory } from "#cli/find-data-directory.ts";
import { printJson, printLine } from "#cli/output.ts";
import { showAnew } from "#cli/screen.ts";
import { daemonText } from "#cli/status-text.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon, type RunningDaemon } from "#platform/daemon-status.ts";

/** `tokligence status`: what the running daemon says of itself; exit 69 if none runs. */
export default defineCommand({
  meta: { description: "Show what runs and where" },
  args: {
    watch: { type: "boolean", description: "Show it anew, every second or every so many, until Ctrl-C" },
    seconds: { type: "positional", required: false, description: "How often, with --watch" },
    ...everyFlag,
  },
  async run({ args }) {
    const everyMs = readInterval(args.watch === true, args.seconds);
    const dataDir = await findDataDirectory(args);
    if (args.json) return printJson((await runningOn(dataDir)).status);
    const page = async () => daemonText(await runningOn(dataDir), Date.now());
    if (everyMs === undefined || !process.stdout.isTTY) return printLine(await page());
    return showAnew(everyMs, page);
  },
});

async function runningOn(dataDir: string): Promise<RunningDaemon> {
  const daemon = await probeDaemon(dataDir);
  if (daemon === undefined) throw new GatewayError("unavailable", `No gateway runs on ${dataDir}.`);
  return daemon;
}

/** Undefined where it is shown once. */
function readInterval(watch: boolean, seconds: string | undefined): number | undefined {
  if (seconds === undefined) return watch ? 1000 : undefined;
  if (!watch) throw new GatewayError("usage", `Unexpected argument ${JSON.stringify(seconds)}.`);
  if (/^\d{1,5}(\.\d)?$/.test(seconds) && Number(seconds) > 0) return Number(seconds) * 1000;
  throw new GatewayError("usage", "--watch takes a number of seconds.");
}
