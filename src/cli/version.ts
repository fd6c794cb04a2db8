import { defineCommand } from "citty";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { builtAt, commit, version } from "#platform/version.ts";

/** `tokligence version`, with the build's facts as `--json`. */
export default defineCommand({
  meta: { description: "Print the version" },
  args: { ...globalFlags },
  run({ args }) {
    if (args.json) return printJson({ version, commit, built_at: builtAt, bun: Bun.version });
    printLine(`tokligence ${version}`);
  },
});
