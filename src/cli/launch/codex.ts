import type { LaunchTool } from "#cli/launch/launch-tool.ts";

const keyVariable = "TOKLIGENCE_KEY";

/** Codex, which speaks Responses; what `-c` says wins over its configuration file and its profiles. */
export const codex: LaunchTool = {
  name: "codex",
  title: "Codex",
  install: "npm install -g @openai/codex",
  protocol: "openai-responses",
  takesSmallModel: false,
  needsModel: false,
  arrange({ url, key, model }) {
    const settings = {
      model_provider: "tokligence",
      "model_providers.tokligence.name": "Tokligence",
      "model_providers.tokligence.base_url": `${url}/v1`,
      "model_providers.tokligence.wire_api": "responses",
      "model_providers.tokligence.env_key": keyVariable,
      ...(model === undefined ? {} : { model }),
    };
    return {
      environment: { [keyVariable]: key },
      without: [],
      // A JSON string is a TOML string.
      arguments: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${JSON.stringify(value)}`]),
      files: {},
    };
  },
};
