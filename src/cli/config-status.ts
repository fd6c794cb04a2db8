import { defineCommand } from "citty";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { type ConfigurationStatus, configurationStatusSchema } from "#core/api/status.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { dataDirectoryOf } from "#settings/data-directory.ts";
import { processInput } from "#settings/process-input.ts";

/** `tokligence config status`: what the running gateway has taken over, and why not the rest; exit 69 if none runs. */
export default defineCommand({
  meta: { description: "Show which configuration the running gateway has in force" },
  args: { ...globalFlags },
  async run({ args }) {
    // Not by the settings as a whole: a configuration that cannot be used is what is asked about here.
    const dataDir = dataDirectoryOf(processInput(args));
    const daemon = await probeDaemon(dataDir);
    if (daemon === undefined) throw new GatewayError("unavailable", `No gateway runs on ${dataDir}.`);
    const { data: configuration } = configurationStatusSchema.safeParse(daemon.status["configuration"]);
    if (configuration === undefined) throw new GatewayError("unavailable", "The gateway does not say.");
    if (args.json) return printJson(configuration);
    printLine(configurationText(configuration));
  },
});

/** The status for people, its problems last. */
export function configurationText(status: ConfigurationStatus): string {
  const { generation, loaded_at: since, files, last_failure: failure, restart_needed: waiting } = status;
  const row = (name: string, values: readonly string[]): string[] =>
    values.map((value, index) => `${(index === 0 ? name : "").padEnd(16)} ${value}`);
  return [
    ...row("generation", [`${generation}, in force since ${since}`]),
    ...row("files", files),
    ...row("restart needed", waiting),
    ...(failure === undefined
      ? []
      : [
          ...row("refused", [`${failure.at}, the one before is in force:`]),
          ...failure.problems.map((line) => `  ${line}`),
        ]),
  ].join("\n");
}
