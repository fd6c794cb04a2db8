import { expect, test } from "bun:test";
import { commandTree, everyCommand } from "#cli/command-tree.ts";
import { commands } from "#cli/commands.ts";
import { valueWords } from "#cli/completion-words.ts";
import { globalFlags } from "#cli/global-flags.ts";

const tree = await commandTree(commands);
const every = everyCommand(tree);

test("every command, argument and flag says what it is, and each flag with a value what kind of value", () => {
  const silent = every.flatMap(({ path, description, args }) => [
    ...(description === "" ? [path] : []),
    ...Object.entries(args)
      .filter(
        ([, { type, description: says = "", valueHint = "" }]) =>
          says === "" || (type === "string" && valueHint === ""),
      )
      .map(([name]) => `${path} ${name}`),
  ]);
  expect(silent).toEqual([]);
  expect(tree.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
});

test("every command that does something takes the global flags", () => {
  const names = Object.keys(globalFlags);
  const without = every.filter(({ args, children }) => children.length === 0 && !names.every((name) => name in args));
  expect(without.map(({ path }) => path)).toEqual([]);
});

test("every flag and argument whose values are completed exists", () => {
  const known = new Set(
    every.flatMap(({ path, args }) =>
      Object.keys(args).flatMap((name) => [name, `${path.replace("tokligence ", "")} ${name}`]),
    ),
  );
  expect(Object.keys(valueWords).filter((name) => !known.has(name))).toEqual([]);
});
