import { parseArgs, renderUsage } from "citty";
import { type Command, type CommandRow, commands } from "#cli/commands.ts";
import { checkWords } from "#cli/flag-scan.ts";
import { printLine } from "#cli/output.ts";
import { settled } from "#cli/settled.ts";
import type { CommandLine } from "#cli/words.ts";
import { fittedHelp } from "#cli/wrapped-text.ts";
import { GatewayError } from "#core/errors.ts";
import { didYouMean } from "#settings/nearest.ts";

/**
 * Runs the command a line names and resolves with its exit code: the number that it resolves with, else 0. Rejects with
 * `usage` for lines that make no sense, else with what the command does.
 */
export async function dispatch({ verb, words }: CommandLine, table: readonly CommandRow[] = commands): Promise<number> {
  if (verb === undefined) throw new GatewayError("usage", "No command given; tokligence --help lists them.");
  const row = table.find(({ name }) => name === verb);
  if (row === undefined) {
    const near = didYouMean(
      verb,
      table.map(({ name }) => name),
    );
    throw new GatewayError(
      "usage",
      `Unknown command ${JSON.stringify(verb)}${near || "; tokligence --help lists them."}`,
    );
  }
  return descend(`tokligence ${verb}`, (await row.load()).default, words);
}

async function descend(path: string, command: Command, words: readonly string[]): Promise<number> {
  const children = await settled(command.subCommands);
  if (children === undefined) return run(path, command, words);
  const [verb, ...rest] = words;
  if (verb === undefined || verb.startsWith("-")) {
    if (wantsHelp(words)) return usage(path, command);
    throw new GatewayError("usage", `${path} needs one of: ${Object.keys(children).join(", ")}.`);
  }
  const child = Object.hasOwn(children, verb) ? children[verb] : undefined;
  if (child === undefined) {
    const near = didYouMean(verb, Object.keys(children));
    throw new GatewayError(
      "usage",
      `${path} has no ${JSON.stringify(verb)}${near || `, only ${Object.keys(children).join(", ")}.`}`,
    );
  }
  return descend(`${path} ${verb}`, await settled(child), rest);
}

async function run(path: string, command: Command, words: readonly string[]): Promise<number> {
  if (wantsHelp(words)) return usage(path, command);
  const definitions = (await settled(command.args)) ?? {};
  checkWords(words, definitions);
  const rawArgs = [...words];
  const ended: unknown = await command.run?.({ rawArgs, args: parse(path, rawArgs, definitions), cmd: command });
  return typeof ended === "number" ? ended : 0;
}

function parse(
  path: string,
  words: string[],
  definitions: Parameters<typeof parseArgs>[1],
): ReturnType<typeof parseArgs> {
  try {
    return parseArgs(words, definitions);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("usage", `${Bun.stripANSI(reason).replace(/\.?$/, ".")} See ${path} --help.`, { cause });
  }
}

function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

async function usage(path: string, command: Command): Promise<0> {
  const meta = (await settled(command.meta)) ?? {};
  printLine(fittedHelp(await renderUsage({ ...command, meta: { ...meta, name: path } })));
  return 0;
}
