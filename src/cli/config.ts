import { defineCommand } from "citty";
import status from "#cli/config-status.ts";
import { globalFlags, loadFromFlags, loadToServe } from "#cli/global-flags.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { checkNamedFiles } from "#configurations/named-files.ts";
import { GatewayError } from "#core/errors.ts";
import { planSet } from "#settings/change/change-setting.ts";
import { writeConfigurationFile } from "#settings/change/write-file.ts";
import { asTree, explanationLines, outlookLines, valueText } from "#settings/describe/explanation.ts";
import { configurationJsonSchema } from "#settings/describe/json-schema.ts";
import { selectValues } from "#settings/describe/select-values.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { refuseBlockers } from "#settings/load.ts";
import { processInput } from "#settings/process-input.ts";

const keyArgument = { type: "positional", description: "Dotted key, such as gateway.port" } as const;

const show = defineCommand({
  meta: { description: "Print the configuration in force, secrets masked" },
  args: { ...globalFlags },
  run({ args }) {
    const { values, notices } = loadFromFlags(args);
    notices.forEach(printNotice);
    if (args.json) return printJson(asTree(values));
    for (const { key, value } of values) if (value !== undefined) printLine(`${key} = ${valueText(value)}`);
  },
});

const get = defineCommand({
  meta: { description: "Print one value, or all values of a section" },
  args: { key: { ...keyArgument, required: true }, ...globalFlags },
  run({ args }) {
    const found = selectValues(loadFromFlags(args).values, args.key);
    const [first] = found;
    if (first === undefined || (found.length === 1 && first.value === undefined)) {
      throw new GatewayError("not_found", `${args.key} is not set`);
    }
    if (args.json) return printJson(first.key === args.key ? first.value : asTree(found));
    if (first.key === args.key) return printLine(valueText(first.value));
    for (const { key, value } of found) if (value !== undefined) printLine(`${key} = ${valueText(value)}`);
  },
});

const set = defineCommand({
  meta: { description: "Change a value in the file that holds it, else in config.yaml; or several at once" },
  args: {
    key: { ...keyArgument, required: true },
    value: {
      type: "positional",
      required: true,
      valueHint: "value [key value]...",
      description: "The new value; empty unsets it",
    },
    ...globalFlags,
  },
  run({ args }) {
    const values = pairsOf(args._);
    const planned = planSet(processInput(args), values);
    planned.flatMap((file) => writeConfigurationFile(file) ?? []).forEach(printNotice);
    const keys = Object.keys(values);
    const files = planned.map(({ path }) => path);
    if (args.json) return printJson({ keys, files });
    printLine(`${keys.join(", ")} set in ${files.join(", ")}`);
  },
});

const validate = defineCommand({
  meta: { description: "Check the configuration; exit 78 with every problem, and where serve would refuse it" },
  args: { ...globalFlags },
  run({ args }) {
    const loaded = loadToServe(args);
    loaded.notices.forEach(printNotice);
    checkNamedFiles(loaded.settings);
    const { configDir, environment, profile } = loaded.settings;
    const { inactive, blockers } = loaded;
    if (args.json) {
      printJson({ valid: blockers.length === 0, config_dir: configDir, environment, profile, inactive, blockers });
    }
    refuseBlockers(loaded);
    if (!args.json) printLine(`Valid: ${configDir}, environment ${environment}, profile ${profile}`);
  },
});

const explain = defineCommand({
  meta: { description: "Say where values come from, what they override and what is not active yet" },
  args: { key: { ...keyArgument, required: false }, ...globalFlags },
  run({ args }) {
    const loaded = loadFromFlags(args);
    const values = args.key === undefined ? loaded.values : selectValues(loaded.values, args.key);
    const isAsked = ({ key }: { key: string }): boolean =>
      args.key === undefined || key === args.key || key.startsWith(`${args.key}.`);
    const outlook = { inactive: loaded.inactive.filter(isAsked), blockers: loaded.blockers.filter(isAsked) };
    if (args.json) return printJson({ values, ...outlook, notices: loaded.notices });
    loaded.notices.forEach(printNotice);
    for (const line of [...values.flatMap(explanationLines), ...outlookLines(outlook)]) printLine(line);
  },
});

const schema = defineCommand({
  meta: { description: "Print the JSON Schema of config.yaml" },
  args: { ...globalFlags },
  run: () => printJson(configurationJsonSchema()),
});

const path = defineCommand({
  meta: { description: "Print the directory the configuration is read from" },
  args: { ...globalFlags },
  run({ args }) {
    const directory = configDirectory(processInput(args));
    if (args.json) return printJson({ config_dir: directory });
    printLine(directory);
  },
});

function pairsOf(words: readonly string[]): Record<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index += 2) {
    const [said = "", value] = words.slice(index, index + 2);
    const key = canonicalKey(said);
    if (value === undefined) throw new GatewayError("usage", `${said} has no value; "" unsets it.`);
    if (values.has(key)) throw new GatewayError("usage", `${said} is given twice.`);
    values.set(key, value);
  }
  return Object.fromEntries(values);
}

/** `tokligence config`. */
export default defineCommand({
  meta: { description: "Show, explain, check and change settings" },
  subCommands: { show, get, set, validate, status, explain, schema, path },
});
