import { z } from "zod";
import type { LaunchTool } from "#cli/launch/launch-tool.ts";
import { GatewayError } from "#core/errors.ts";

const folder = ".gemini";
const settingsName = "settings.json";
const settingsSchema = z.looseObject({
  security: z.looseObject({ auth: z.looseObject({}).optional() }).optional(),
});

/**
 * Gemini CLI. An address alone makes it ask for a way to sign in that its command line then refuses, and only a settings file
 * says another: so it gets a home of its own, where everything but that file is the user's.
 */
export const geminiCli: LaunchTool = {
  name: "gemini",
  title: "Gemini CLI",
  install: "npm install -g @google/gemini-cli",
  protocol: "gemini-generate",
  takesSmallModel: false,
  needsModel: false,
  overlay: { folder, settings: settingsName, homeVariable: "GEMINI_CLI_HOME" },
  arrange({ url, key, model, directory, ownSettings }) {
    return {
      environment: {
        GOOGLE_GEMINI_BASE_URL: url,
        GEMINI_API_KEY: key,
        GEMINI_CLI_HOME: directory,
        ...(model === undefined ? {} : { GEMINI_MODEL: model }),
      },
      without: ["GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
      arguments: [],
      files: { [`${folder}/${settingsName}`]: JSON.stringify(withKeyAuth(ownSettings ?? "{}")) },
    };
  },
};

function withKeyAuth(text: string): object {
  const own = readSettings(text);
  return { ...own, security: { ...own.security, auth: { ...own.security?.auth, selectedType: "gemini-api-key" } } };
}

function readSettings(text: string): z.infer<typeof settingsSchema> {
  try {
    return settingsSchema.parse(Bun.JSONC.parse(text));
  } catch (cause) {
    throw new GatewayError("config_invalid", `~/${folder}/${settingsName} is no JSON object.`, { cause });
  }
}
