import { resolve } from "node:path";
import { defineCommand } from "citty";
import { receiptLines } from "#cli/archive-text.ts";
import { ask } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { passphraseArgs, readPassphrase } from "#cli/passphrase.ts";

/** A command that lets the gateway write one file. */
export function archiveCommand(name: "exportArchive" | "backup", description: string) {
  return defineCommand({
    meta: { description },
    args: {
      output: { type: "string", required: true, valueHint: "file", description: "The file to write" },
      ...passphraseArgs,
      ...globalFlags,
    },
    async run({ args }) {
      const path = resolve(args.output);
      const receipt = await ask(args, name, { path, passphrase: readPassphrase(args) }, { path: "--output" });
      if (args.json) return printJson(receipt);
      receiptLines(receipt).forEach(printLine);
    },
  });
}
