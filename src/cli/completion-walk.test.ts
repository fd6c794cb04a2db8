import { expect, test } from "bun:test";
import { defineCommand } from "citty";
import type { CommandRow } from "#cli/commands.ts";
import { fittingWords } from "#cli/completion-walk.ts";
import { globalFlags } from "#cli/global-flags.ts";

const create = defineCommand({
  meta: { description: "Create" },
  args: {
    who: { type: "positional", required: true, description: "Who" },
    role: { type: "string", valueHint: "role", description: "Role" },
    tag: { type: "string", valueHint: "tag...", description: "Tag" },
    output: { type: "string", valueHint: "file", description: "File" },
    ...globalFlags,
  },
});
const set = defineCommand({
  args: {
    key: { type: "positional", required: true, description: "Key" },
    value: { type: "positional", required: true, description: "Value" },
    ...globalFlags,
  },
});
const table: CommandRow[] = [
  { name: "user", summary: "Users", load: async () => ({ default: defineCommand({ subCommands: { create } }) }) },
  { name: "config", summary: "Settings", load: async () => ({ default: defineCommand({ subCommands: { set } }) }) },
  { name: "usage", summary: "Broken", load: () => Promise.reject(new Error("loaded in vain")) },
];

/** The words for a line up to the cursor, or what kind of path. */
async function fitting(line: string): Promise<readonly string[] | string> {
  const { kind, words } = await fittingWords(line.split(" "), table);
  return kind === "words" ? words.map(({ word }) => word) : kind;
}

test.each([
  ["", ["user", "config", "usage"]],
  ["us", ["user", "usage"]],
  ["--env live us", ["user", "usage"]],
  ["--env=live --json us", ["user", "usage"]],
  ["user ", ["create"]],
  ["user x", []],
  ["user create --ro", ["--role", "--root"]],
  ["user create --role gateway_a", ["gateway_admin"]],
  ["user create ada --role=gateway_a", ["--role=gateway_admin"]],
  ["user create --role root_admin --rol", []],
  ["user create --tag a --ta", ["--tag"]],
  ["user create --tag ", []],
  ["user create --output ", "files"],
  ["user --config-dir ", "directories"],
  ["user create --env ", ["dev", "test", "live"]],
  ["config set gateway.work_m", ["gateway.work_mode"]],
  ["config set gateway.work_mode t", ["translation"]],
  ["config set gateway.auth.enabled ", ["true", "false"]],
  ["config set a b ", []],
  ["user create -- --", "files"],
])("behind %j fits %j", async (line, expected) => {
  expect(await fitting(line)).toEqual(expected);
});

test("words come with what they mean", async () => {
  expect((await fittingWords(["co"], table)).words).toEqual([{ word: "config", description: "Settings" }]);
  expect((await fittingWords(["user", "create", "--ta"], table)).words).toEqual([
    { word: "--tag", description: "Tag" },
  ]);
});
