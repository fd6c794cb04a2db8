import { resolve } from "node:path";
import { defineCommand } from "citty";
import { countsText, noteLines } from "#cli/archive-text.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { passphraseArgs, readPassphrase } from "#cli/passphrase.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon } from "#platform/daemon-status.ts";

/** `tokligence restore`. */
export default defineCommand({
  meta: { description: "Put a backup in the place of the data directory; the gateway must be stopped" },
  args: {
    input: { type: "string", required: true, valueHint: "file", description: "The backup to read" },
    ...passphraseArgs,
    ...globalFlags,
  },
  async run({ args }) {
    const passphrase = readPassphrase(args);
    const loaded = loadFromFlags(args);
    const { dataDir } = loaded.settings;
    if ((await probeDaemon(dataDir)) !== undefined) {
      throw new GatewayError("unavailable", `A gateway runs on ${dataDir}: stop it before anything is restored.`);
    }
    const { restoreFrom } = await import("#configurations/restore.ts");
    const wishes = { path: resolve(args.input), ...(passphrase !== undefined && { passphrase }) };
    const { createdAt, nodeId, counts, aside, notes } = await restoreFrom(loaded, wishes);
    if (args.json) return printJson({ created_at: createdAt, node_id: nodeId, counts, aside: aside ?? null, notes });
    printLine(`Restored the backup of ${createdAt}: ${countsText(counts)}`);
    if (aside !== undefined) printLine(`What was there before lies beside it, in ${aside}.`);
    noteLines(notes).forEach(printLine);
  },
});
