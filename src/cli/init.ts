import { defineCommand } from "citty";
import { assignments } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { planInit } from "#settings/change/init-files.ts";
import { writePrivateFile } from "#settings/change/write-file.ts";
import { processInput } from "#settings/process-input.ts";

const text = (valueHint: string, description: string) => ({ type: "string", valueHint, description }) as const;

const args = {
  yes: { type: "boolean", description: "Take the defaults for everything not given" },
  force: { type: "boolean", description: "Rewrite existing files from the template" },
  port: text("number", "Port to listen on"),
  host: text("address", "Address to listen on"),
  email: text("address", "Address of the first root administrator"),
  "display-name": text("name", "Name shown at the Token Exchange"),
  "base-url": text("url", "The Token Exchange to talk to"),
  provider: { type: "boolean", description: "Offer capacity at the Token Exchange" },
  "publish-name": text("name", "Name of the offered service"),
  "model-family": text("name", "Model family of the offered service"),
  set: text("key=value...", "Any other key; may be repeated"),
  ...globalFlags,
} as const;

const keyOfFlag = {
  port: "gateway.port",
  host: "gateway.host",
  email: "email",
  "display-name": "display_name",
  "base-url": "base_url",
  "publish-name": "publish.name",
  "model-family": "publish.model_family",
} as const;

/** `tokligence init`: writes commented setting.ini and {dev,test,live}/gateway.ini. */
export default defineCommand({
  meta: { description: "Write a configuration" },
  args,
  run({ args: given, rawArgs }) {
    if (given.yes !== true) {
      throw new GatewayError(
        "usage",
        "init asks no questions yet; add --yes to write the defaults and the flags given",
      );
    }
    const values: Record<string, string> = {};
    for (const [flag, key] of Object.entries(keyOfFlag)) {
      const value = Reflect.get(given, flag);
      if (typeof value === "string") values[key] = value;
    }
    if (given.provider !== undefined) values.enable_provider = String(given.provider);
    Object.assign(values, assignments(rawArgs, args));
    const logLevel = given["log-level"];
    if (logLevel !== undefined) values.log_level = logLevel;

    const plan = planInit(processInput(given), values, given.force === true);
    for (const { path, text: content } of plan.files) writePrivateFile(path, content);
    if (given.json) return printJson({ files: plan.files.map(({ path }) => path), serve: plan.serveCommand });
    for (const { path } of plan.files) printLine(`Wrote ${path}`);
    printLine(`\nStart it: ${plan.serveCommand}`);
  },
});
