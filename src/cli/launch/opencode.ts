import type { LaunchTool } from "#cli/launch/launch-tool.ts";

/** opencode, told of a provider beside those that the user has; it speaks chat completions with it. */
export const openCode: LaunchTool = {
  name: "opencode",
  title: "opencode",
  install: "npm install -g opencode-ai",
  protocol: "openai-chat",
  takesSmallModel: true,
  // It would go on with the model, and the provider, that was used last.
  needsModel: true,
  arrange({ url, key, model, smallModel = model, listed }) {
    const names = new Set([model, smallModel, ...listed].filter((name) => name !== undefined));
    const configuration = {
      ...(model === undefined ? {} : { model: `tokligence/${model}` }),
      ...(smallModel === undefined ? {} : { small_model: `tokligence/${smallModel}` }),
      provider: {
        tokligence: {
          npm: "@ai-sdk/openai-compatible",
          name: "Tokligence",
          options: { baseURL: `${url}/v1`, apiKey: key },
          models: Object.fromEntries([...names].map((name) => [name, { name }])),
        },
      },
    };
    return {
      environment: { OPENCODE_CONFIG_CONTENT: JSON.stringify(configuration) },
      without: [],
      arguments: [],
      files: {},
    };
  },
};
