import { join } from "node:path";
import type { LaunchTool } from "#cli/launch/launch-tool.ts";

const settingsFile = "settings.json";
const without = [
  "ANTHROPIC_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_VERTEX",
];

/** Claude Code, which speaks Anthropic Messages. */
export const claudeCode: LaunchTool = {
  name: "claude",
  title: "Claude Code",
  install: "npm install -g @anthropic-ai/claude-code",
  protocol: "anthropic-messages",
  takesSmallModel: true,
  needsModel: false,
  arrange({ url, key, model, smallModel = model, directory }) {
    const environment = {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      // Its names for models (sonnet, opus) must not lead to models that nobody here answers.
      ...(model === undefined
        ? {}
        : { ANTHROPIC_MODEL: model, ANTHROPIC_DEFAULT_OPUS_MODEL: model, ANTHROPIC_DEFAULT_SONNET_MODEL: model }),
      ...(smallModel === undefined
        ? {}
        : { ANTHROPIC_DEFAULT_HAIKU_MODEL: smallModel, ANTHROPIC_SMALL_FAST_MODEL: smallModel }),
    };
    // What stands under `env` in the user's settings file wins over the environment; what stands here wins over both.
    const settings = { env: { ...environment, ...Object.fromEntries(without.map((name) => [name, ""])) } };
    return {
      environment,
      without,
      arguments: ["--settings", join(directory, settingsFile)],
      files: { [settingsFile]: JSON.stringify(settings) },
    };
  },
};
