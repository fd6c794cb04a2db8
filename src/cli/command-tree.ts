import type { ArgsDef } from "citty";
import type { Command, CommandRow } from "#cli/commands.ts";
import { settled } from "#cli/settled.ts";

/** A command as defined, with what it is called by and what it says of itself. */
export interface CommandNode {
  /** Every word of it, as in `tokligence user create`. */
  readonly path: string;
  readonly name: string;
  /** A sentence without its full stop. */
  readonly description: string;
  /** Flags and positional arguments, the flags of every command among them; empty where sub-commands take them. */
  readonly args: ArgsDef;
  readonly children: readonly CommandNode[];
}

/** Every verb with all that is below it, in the order of the overview. It loads every command: help has no use for it. */
export function commandTree(table: readonly CommandRow[]): Promise<readonly CommandNode[]> {
  return Promise.all(table.map(loadCommand));
}

/** One verb with all that is below it. */
export async function loadCommand(row: CommandRow): Promise<CommandNode> {
  return nodeOf(`tokligence ${row.name}`, row.name, (await row.load()).default);
}

/** The commands of a tree in the order of the page, each before those below it. */
export function everyCommand(nodes: readonly CommandNode[]): readonly CommandNode[] {
  return nodes.flatMap((node) => [node, ...everyCommand(node.children)]);
}

async function nodeOf(path: string, name: string, command: Command): Promise<CommandNode> {
  const children = Object.entries((await settled(command.subCommands)) ?? {});
  return {
    path,
    name,
    description: (await settled(command.meta))?.description ?? "",
    args: (await settled(command.args)) ?? {},
    children: await Promise.all(
      children.map(async ([word, child]) => nodeOf(`${path} ${word}`, word, await settled(child))),
    ),
  };
}
