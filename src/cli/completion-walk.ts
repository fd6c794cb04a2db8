import type { ArgsDef } from "citty";
import { type CommandNode, loadCommand } from "#cli/command-tree.ts";
import type { CommandRow } from "#cli/commands.ts";
import type { Fitting, FittingWord } from "#cli/completion-words.ts";
import { definitionOf, takesValue } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";

/** Where the words before the cursor lead. */
interface Place {
  /** Undefined before the verb. */
  readonly node: CommandNode | undefined;
  readonly args: ArgsDef;
  readonly positionals: readonly string[];
  readonly flags: ReadonlySet<string>;
  /** The flag whose value comes next. */
  readonly awaiting: string | undefined;
}

/**
 * What fits at the cursor. `typed` are the words after the program's name, the last one as far as it is typed. Only
 * words that begin with it are given, of the commands only the verb that was typed is loaded.
 */
export async function fittingWords(typed: readonly string[], table: readonly CommandRow[]): Promise<Fitting> {
  const current = typed.at(-1) ?? "";
  const before = typed.slice(0, -1);
  // What follows belongs to another program.
  if (before.includes("--")) return { kind: "files", words: [] };
  const place = await walk(before, table);
  const fitting = await fittingAt(place, current, table);
  return { ...fitting, words: fitting.words.filter(({ word }) => word.startsWith(current)) };
}

async function fittingAt(place: Place, current: string, table: readonly CommandRow[]): Promise<Fitting> {
  const { node, args, awaiting, positionals } = place;
  if (awaiting !== undefined) return valuesOf(place, awaiting);
  const [, name, equals] = /^--([^=]+)(=)/.exec(current) ?? [];
  if (name !== undefined && equals !== undefined) {
    const { kind, words } = await valuesOf(place, name);
    return { kind, words: words.map((fit) => ({ ...fit, word: `--${name}=${fit.word}` })) };
  }
  if (current.startsWith("-")) return { kind: "words", words: flagWords(place) };
  if (node === undefined) return { kind: "words", words: table.map((row) => described(row.name, row.summary)) };
  if (node.children.length > 0) {
    return { kind: "words", words: node.children.map((child) => described(child.name, child.description)) };
  }
  const places = Object.keys(args).filter((key) => args[key]?.type === "positional");
  const last = places.findLast((key) => args[key]?.valueHint?.endsWith("..."));
  const next = places[positionals.length] ?? last;
  return next === undefined ? { kind: "words", words: [] } : valuesOf(place, next);
}

async function walk(words: readonly string[], table: readonly CommandRow[]): Promise<Place> {
  let node: CommandNode | undefined;
  let args: ArgsDef = globalFlags;
  let awaiting: string | undefined;
  const positionals: string[] = [];
  const flags = new Set<string>();
  for (const word of words) {
    if (awaiting !== undefined) {
      awaiting = undefined;
    } else if (word.startsWith("--")) {
      const [name = "", value] = word.slice(2).split("=", 2);
      const definition = definitionOf(args, name);
      if (definition?.valueHint?.endsWith("...") !== true) flags.add(name);
      if (value === undefined && takesValue(args, name)) awaiting = name;
    } else {
      const child = await childOf(node, word, table);
      if (child === undefined) positionals.push(word);
      else [node, args] = [child, child.children.length > 0 ? globalFlags : child.args];
    }
  }
  return { node, args, positionals, flags, awaiting };
}

async function childOf(
  node: CommandNode | undefined,
  word: string,
  table: readonly CommandRow[],
): Promise<CommandNode | undefined> {
  if (node !== undefined) return node.children.find(({ name }) => name === word);
  const row = table.find(({ name }) => name === word);
  return row && loadCommand(row);
}

async function valuesOf({ node, args, positionals }: Place, name: string): Promise<Fitting> {
  const definition = definitionOf(args, name);
  if (definition === undefined) return { kind: "words", words: [] };
  const { fittingValues } = await import("#cli/completion-words.ts");
  return fittingValues(node?.path.replace("tokligence ", "") ?? "", name, definition, positionals);
}

function flagWords({ args, flags }: Place): readonly FittingWord[] {
  const own = Object.entries(args).filter(([name, { type }]) => type !== "positional" && !flags.has(name));
  return [
    ...own.map(([name, { description = "" }]) => described(`--${name}`, description)),
    described("--help", "Tell more of this command"),
  ];
}

function described(word: string, description: string): FittingWord {
  return { word, description };
}
