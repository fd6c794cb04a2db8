import { defineCommand } from "citty";
import bashScript from "../../packaging/completion/tokligence.bash" with { type: "text" };
import fishScript from "../../packaging/completion/tokligence.fish" with { type: "text" };
import zshScript from "../../packaging/completion/tokligence.zsh" with { type: "text" };
import type { Command, CommandRow } from "#cli/commands.ts";
import { fittingWords } from "#cli/completion-walk.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printText } from "#cli/output.ts";

const bash = defineCommand({
  meta: { description: "For bash: source <(tokligence completion bash)" },
  args: { ...globalFlags },
  run: () => printText(bashScript),
});

const zsh = defineCommand({
  meta: { description: "For zsh: source <(tokligence completion zsh)" },
  args: { ...globalFlags },
  run: () => printText(zshScript),
});

const fish = defineCommand({
  meta: { description: "For fish: tokligence completion fish | source" },
  args: { ...globalFlags },
  run: () => printText(fishScript),
});

const suggest = (table: readonly CommandRow[]) =>
  defineCommand({
    meta: { description: "What fits at the cursor; the scripts ask it" },
    args: {
      words: {
        type: "positional",
        required: false,
        valueHint: "word...",
        description: "After --, what is typed behind the program's name, up to the cursor",
      },
      ...globalFlags,
    },
    async run({ rawArgs }) {
      const { kind, words } = await fittingWords(rawArgs.slice(rawArgs.indexOf("--") + 1), table);
      printText([kind, ...words.map(({ word, description = "" }) => `${word}\t${description}`), ""].join("\n"));
    },
  });

/** `tokligence completion` of these commands: scripts that let a shell complete words, and the question that they ask. */
export function completion(table: readonly CommandRow[]): Command {
  return defineCommand({
    meta: { description: "Print a script that lets a shell complete commands, flags and their values" },
    subCommands: { bash, zsh, fish, suggest: suggest(table) },
  });
}
