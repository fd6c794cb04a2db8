import { defineCommand } from "citty";
import type { Command } from "#cli/commands.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { claudeCode } from "#cli/launch/claude-code.ts";
import { codex } from "#cli/launch/codex.ts";
import { geminiCli } from "#cli/launch/gemini-cli.ts";
import { type LaunchChoice, planLaunch, runSession } from "#cli/launch/launch-session.ts";
import { launchText, launchView, maskedKey, namedDirectory } from "#cli/launch/launch-text.ts";
import type { LaunchTool } from "#cli/launch/launch-tool.ts";
import { openCode } from "#cli/launch/opencode.ts";
import { printJson, printLine } from "#cli/output.ts";
import { readTime } from "#cli/time.ts";
import { GatewayError } from "#core/errors.ts";

const tools: readonly LaunchTool[] = [claudeCode, codex, geminiCli, openCode];

const args = {
  args: {
    type: "positional",
    required: false,
    valueHint: "args...",
    description: "For the tool; flags stand after --",
  },
  model: { type: "string", valueHint: "name", description: "The model that it shall ask for" },
  "small-model": {
    type: "string",
    valueHint: "name",
    description: "For its small questions, where it can be told one",
  },
  user: {
    type: "string",
    valueHint: "who",
    description: "Who pays: id, e-mail or name; the administrator if left out",
  },
  "key-ttl": { type: "string", valueHint: "span", description: "How long its key works at most", default: "12h" },
  print: { type: "boolean", description: "Show what would be started, and start nothing" },
  ...globalFlags,
} as const;

/** `tokligence launch`: runs a coding agent on the running gateway and ends with its exit code. */
export default defineCommand({
  meta: { description: "Start a coding agent on this gateway, with a key that ends with it" },
  subCommands: Object.fromEntries(tools.map((tool) => [tool.name, launchOf(tool)])),
});

function launchOf(tool: LaunchTool): Command {
  return defineCommand({
    meta: { description: `Start ${tool.title}` },
    args,
    async run({ args: given }) {
      const loaded = loadFromFlags(given);
      const smallModel = given["small-model"];
      if (smallModel !== undefined && !tool.takesSmallModel) {
        throw new GatewayError("usage", `${tool.title} cannot be told a small model.`);
      }
      const choice: LaunchChoice = {
        model: given.model,
        smallModel,
        user: given.user ?? loaded.settings.rootEmail,
        expiresAt: readTime(given["key-ttl"], Date.now(), "future"),
        typed: given._,
      };
      const plan = await planLaunch(loaded, tool, choice);
      if (given.print !== true) return await runSession(loaded, tool, plan, choice);
      // The user's own settings stay out of it: they may hold secrets.
      const shown = { ...plan, ownSettings: undefined, key: maskedKey, directory: namedDirectory };
      const arrangement = tool.arrange(shown);
      if (given.json === true) printJson(launchView(tool, arrangement, choice.typed, plan));
      else printLine(launchText(tool, arrangement, choice.typed));
      return 0;
    },
  });
}
