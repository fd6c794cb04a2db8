import type { ArgDef } from "citty";
import { type CommandNode, everyCommand } from "#cli/command-tree.ts";
import { globalFlags } from "#cli/global-flags.ts";

/** In the source of the page, where no reader sees it. */
const longestLine = 78;

/** Exit codes of every command, as the table of errors gives them. */
const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "It worked."],
  ["1", "It did not, for the reason on standard error; or what was to be checked does not hold."],
  ["2", "The command line makes no sense."],
  ["69", "Something that is needed cannot be reached: the gateway, a provider, the database."],
  ["75", "The disk or the database failed; whoever supervises the process starts it again."],
  ["78", "The configuration is wrong, or a file is damaged: starting again does not help."],
];

const files: readonly (readonly [path: string, meaning: string])[] = [
  ["~/.config/tokligence/", "The configuration directory, unless a flag or variable names another."],
  ["setting.ini", "Settings of every environment."],
  ["dev/gateway.ini, test/gateway.ini, live/gateway.ini", "Settings of one environment; they win over setting.ini."],
  ["config.yaml", "The same keys as YAML; the files above win over it."],
  ["profiles/NAME.yaml", "Profiles of one's own."],
  [
    "gateway.db",
    "Accounts and books. It and the files below lie beside the configuration, or where database.path says.",
  ],
  ["master.secret", "What the secrets of keys and sessions are derived from. Keep it with every backup."],
  ["gateway.lock, control.sock", "There while the gateway runs; commands reach it through the second."],
  ["spool.jsonl, spool.reserve", "Rows that wait for a database that cannot take them, and the room kept for them."],
];

const variables: readonly (readonly [name: string, meaning: string])[] = [
  ["TOKLIGENCE_CONFIG_DIR", "The configuration directory; --config-dir and --root win over it."],
  ["TOKLIGENCE_ENV", "The environment: dev, test or live; --env wins over it."],
  ["TOKLIGENCE_PROFILE", "The profile; --profile wins over it."],
  ["TOKLIGENCE_PASSPHRASE", "The passphrase of exports and backups, where no --passphrase-file is given."],
  [
    "TOKLIGENCE_*",
    "Any setting: gateway.port is TOKLIGENCE_GATEWAY_PORT. It wins over every file; flags win over it. " +
      "Names that mean nothing are warned about.",
  ],
];

const examples: readonly (readonly [command: string, meaning: string])[] = [
  ["tokligence serve", "Serve on 127.0.0.1:8081; a model named loopback answers without any provider."],
  ["tokligence config explain gateway.port", "Say which file, variable or flag a setting comes from."],
  ["tokligence apikey create ada@example.com --name laptop", "Make a key; it is shown this once."],
];

/** The manual page in section 1, as text for man(7), of these verbs. */
export function manualPage(verbs: readonly CommandNode[], version: string): string {
  const commands = everyCommand(verbs).filter(({ children }) => children.length === 0);
  return [
    '.\\" Written by scripts/generate-man.ts; do not edit.',
    `.TH TOKLIGENCE 1 "" "tokligence ${version}" "User Commands"`,
    ".SH NAME",
    "tokligence \\- an LLM gateway in one executable",
    ".SH SYNOPSIS",
    ".B tokligence",
    ".I command",
    ".RI [ argument ...]",
    ".RI [ flag ...]",
    ".SH DESCRIPTION",
    prose(
      "Programs that speak the protocols of OpenAI, Anthropic or Google reach every model of every provider " +
        "through one address, with keys, budgets, fair queues and books. Commands act on the running gateway, and on " +
        "its data where it is stopped. Called as gatewayd, the program serves.",
    ),
    ".SH FLAGS OF EVERY COMMAND",
    "They may stand before or after the command.",
    ...Object.entries(globalFlags).flatMap(flagLines),
    ...entry(".B", "--help", "Tell more of a command."),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, meaning]) => entry(".B", code, meaning)),
    ".SH ENVIRONMENT",
    ...variables.flatMap(([name, meaning]) => entry(".B", name, meaning)),
    ".SH FILES",
    ...files.flatMap(([path, meaning]) => entry(".I", path, meaning)),
    ".SH EXAMPLES",
    ...examples.flatMap(([command, meaning]) => entry(".B", command, meaning)),
    "",
  ].join("\n");
}

function commandLines({ path, description, args }: CommandNode): string[] {
  const own = Object.entries(args).filter(([name]) => !Object.hasOwn(globalFlags, name));
  const positionals = own.filter(([, { type }]) => type === "positional");
  const synopsis = [path, ...positionals.map(positionalText)].join(" ");
  return [
    `.SS ${roff(synopsis)}`,
    prose(sentence(description)),
    ...positionals.flatMap(([name, { description: says }]) => entry(".I", name.toUpperCase(), sentence(says))),
    ...own.filter(([, { type }]) => type !== "positional").flatMap(flagLines),
  ];
}

function positionalText([name, { required, valueHint }]: [string, ArgDef]): string {
  const word = `${name.toUpperCase()}${valueHint?.endsWith("...") === true ? "..." : ""}`;
  return required === false ? `[${word}]` : word;
}

function flagLines([name, definition]: [string, ArgDef]): string[] {
  const { type, valueHint = "value", description, required } = definition;
  const value = type === "boolean" ? "" : ` ${valueHint.replace(/\.\.\.$/, "")}`;
  const notes = [
    required === true ? " Must be given." : "",
    valueHint.endsWith("...") && description?.includes("repeated") !== true ? " May be repeated." : "",
    typeof definition.default === "string" ? ` ${definition.default} if left out.` : "",
  ].join("");
  const tag = value === "" ? [".B", roff(`--${name}`)] : [".BI", `${roff(`--${name}`)} " ${roff(value.trim())}"`];
  return [".TP", tag.join(" "), prose(`${sentence(description)}${notes}`)];
}

function entry(font: string, tag: string, meaning: string): string[] {
  return [".TP", `${font} ${roff(tag)}`, prose(meaning)];
}

function sentence(text: string | undefined): string {
  return (text ?? "").replace(/\.?$/, ".");
}

/** Text that troff prints as it stands: what steers it is escaped, and so is a hyphen that must stay one. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replaceAll("`", "\\(ga")
    .replaceAll("'", "\\(aq");
}

/** The same in short lines, none of which is taken for a request. */
function prose(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of roff(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > longestLine) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((own) => own.replace(/^\./, "\\&.")).join("\n");
}
