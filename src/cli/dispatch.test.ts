import { expect, test } from "bun:test";
import { defineCommand } from "citty";
import type { CommandRow } from "#cli/commands.ts";
import { dispatch } from "#cli/dispatch.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { arrangeWords } from "#cli/words.ts";
import { GatewayError } from "#core/errors.ts";

const args = {
  who: { type: "positional", required: true, description: "Who" },
  name: { type: "string", required: true, description: "Name" },
  tag: { type: "string", valueHint: "tag...", description: "Tags" },
  loud: { type: "boolean", description: "Loud" },
  ...globalFlags,
} as const;

/** What `user create` was called with, or the refusal. */
async function outcome(...typed: string[]): Promise<unknown> {
  const seen: unknown[] = [];
  const create = defineCommand({
    args,
    run({ args: given, rawArgs }) {
      seen.push({
        who: given.who,
        name: given.name,
        loud: given.loud,
        json: given.json,
        tags: valuesOf(rawArgs, args, "tag"),
      });
    },
  });
  const table: CommandRow[] = [
    { name: "user", summary: "", load: async () => ({ default: defineCommand({ subCommands: { create } }) }) },
  ];
  try {
    await dispatch(arrangeWords(typed), table);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.exitCode === 2) return thrown.message;
    throw thrown;
  }
  return seen[0];
}

test("a sub-command gets its flags and positionals", async () => {
  expect(await outcome("--json", "user", "create", "ada", "--name=x", "--tag", "a", "--loud", "--tag=b")).toEqual({
    who: "ada",
    name: "x",
    loud: true,
    json: true,
    tags: ["a", "b"],
  });
});

test("a mistyped verb, sub-verb or flag is refused with the nearest name", async () => {
  expect(await outcome("usr", "create")).toBe('Unknown command "usr"; did you mean "user"?');
  expect(await outcome("user", "craete")).toBe('tokligence user has no "craete"; did you mean "create"?');
  expect(await outcome("user", "create", "ada", "--nam", "x")).toBe('Unknown flag --nam; did you mean "--name"?');
  expect(await outcome("user", "create", "ada", "--name", "x", "-v")).toMatch(/^Unknown flag -v/);
  expect(await outcome("user", "create", "ada", "-name", "x")).toBe('Unknown flag -name; did you mean "--name"?');
});

test("what is missing, doubled or too much is refused", async () => {
  expect(await outcome()).toMatch(/^No command given/);
  expect(await outcome("user")).toBe("tokligence user needs one of: create.");
  expect(await outcome("user", "create", "--name", "x")).toMatch(/WHO/);
  expect(await outcome("user", "create", "ada")).toMatch(/--name/);
  expect(await outcome("user", "create", "ada", "--name")).toBe("--name needs a value.");
  expect(await outcome("user", "create", "ada", "--name", "--loud")).toBe("--name needs a value.");
  expect(await outcome("user", "create", "ada", "--name", "x", "--name", "y")).toBe("--name is given twice.");
  expect(await outcome("user", "create", "ada", "eve", "--name", "x")).toBe('Unexpected argument "eve".');
});

test("names of the language itself are no commands", async () => {
  expect(await outcome("user", "constructor")).toMatch(/^tokligence user has no "constructor"/);
  expect(await outcome("user", "create", "ada", "--name", "x", "--__proto__", "y")).toMatch(/^Unknown flag/);
});

test("a command ends with the code that it resolves with, else with 0", async () => {
  const ends = (code: number | undefined): CommandRow => ({
    name: `ends${code}`,
    summary: "",
    load: async () => ({ default: defineCommand({ run: () => code }) }),
  });
  const table = [ends(1), ends(undefined)];
  expect(await dispatch(arrangeWords(["ends1"]), table)).toBe(1);
  expect(await dispatch(arrangeWords(["endsundefined"]), table)).toBe(0);
});

test("an argument whose hint ends in ... takes all words left, those behind -- among them", async () => {
  const seen: unknown[] = [];
  const launch = defineCommand({
    args: {
      words: { type: "positional", required: false, valueHint: "word...", description: "Words" },
      ...globalFlags,
    },
    run: ({ rawArgs }) => void seen.push(rawArgs),
  });
  const table: CommandRow[] = [{ name: "launch", summary: "", load: async () => ({ default: launch }) }];
  await dispatch(arrangeWords(["launch", "a", "b", "--", "--flag", "--json"]), table);
  expect(seen).toEqual([["a", "b", "--", "--flag", "--json"]]);
});
