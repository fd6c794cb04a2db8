import { defineCommand } from "citty";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon } from "#platform/daemon-status.ts";

/** `tokligence status`: what the running daemon says of itself; exit 69 if none runs. */
export default defineCommand({
  meta: { description: "Show what runs and where" },
  args: { ...globalFlags },
  async run({ args }) {
    const { settings } = loadFromFlags(args);
    const daemon = await probeDaemon(settings.dataDir);
    if (daemon === undefined) throw new GatewayError("unavailable", `No gateway runs on ${settings.dataDir}.`);
    if (args.json) return printJson(daemon.status);
    for (const [name, value] of Object.entries({ ...daemon.status, control_socket: daemon.socketPath })) {
      printLine(`${name.padEnd(16)} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
    }
  },
});
