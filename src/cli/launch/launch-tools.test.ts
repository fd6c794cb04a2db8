import { expect, test } from "bun:test";
import { claudeCode } from "#cli/launch/claude-code.ts";
import { codex } from "#cli/launch/codex.ts";
import { geminiCli } from "#cli/launch/gemini-cli.ts";
import type { LaunchSession, LaunchTool } from "#cli/launch/launch-tool.ts";
import { openCode } from "#cli/launch/opencode.ts";

const url = "http://127.0.0.1:8081";
const key = "tok_live_secret";

function arranged(tool: LaunchTool, said: Partial<LaunchSession> = {}) {
  const session = { url, key, listed: [], directory: "/private", ownSettings: undefined };
  return tool.arrange({ ...session, model: undefined, smallModel: undefined, ...said });
}

test.each([claudeCode, codex, geminiCli, openCode])(
  "$name finds address and key, and no argument holds the key",
  (tool) => {
    const { environment, arguments: words, files } = arranged(tool, { model: "m" });
    const said = JSON.stringify([environment, words, files]);
    expect(said).toContain(url);
    expect(said).toContain(key);
    expect(words.join(" ")).not.toContain(key);
  },
);

test("Claude Code asks for the models that were named under every name that it has for them", () => {
  const { environment, without, arguments: words, files } = arranged(claudeCode, { model: "big", smallModel: "small" });
  expect(environment).toEqual({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: "big",
    ANTHROPIC_DEFAULT_OPUS_MODEL: "big",
    ANTHROPIC_DEFAULT_SONNET_MODEL: "big",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "small",
    ANTHROPIC_SMALL_FAST_MODEL: "small",
  });
  expect(words).toEqual(["--settings", "/private/settings.json"]);
  // Settings of the user's own may name another address, key or cloud: these stand above them.
  const blank = Object.fromEntries(without.map((name) => [name, ""]));
  expect(blank).toMatchObject({ ANTHROPIC_API_KEY: "", CLAUDE_CODE_USE_BEDROCK: "" });
  expect(JSON.parse(files["settings.json"] ?? "")).toEqual({ env: { ...environment, ...blank } });
});

test("Claude Code keeps to one model when no small one is named, and to its own names when none is", () => {
  expect(arranged(claudeCode, { model: "big" }).environment).toMatchObject({ ANTHROPIC_SMALL_FAST_MODEL: "big" });
  expect(Object.keys(arranged(claudeCode).environment)).toEqual(["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"]);
});

test("Codex is given a provider by arguments that stand above its files", () => {
  const { environment, arguments: words } = arranged(codex, { model: 'odd "name"' });
  expect(environment).toEqual({ TOKLIGENCE_KEY: key });
  expect(words.filter((word) => word !== "-c")).toEqual([
    'model_provider="tokligence"',
    'model_providers.tokligence.name="Tokligence"',
    `model_providers.tokligence.base_url="${url}/v1"`,
    'model_providers.tokligence.wire_api="responses"',
    'model_providers.tokligence.env_key="TOKLIGENCE_KEY"',
    'model="odd \\"name\\""',
  ]);
});

test("Gemini CLI gets settings of the user's own but for how it signs in", () => {
  const ownSettings =
    '{ // mine\n "ui": {"theme": "Dark"}, "security": {"auth": {"selectedType": "oauth-personal"}, "x": 1} }';
  const { environment, files } = arranged(geminiCli, { model: "m", ownSettings });
  expect(environment).toMatchObject({ GEMINI_CLI_HOME: "/private", GEMINI_MODEL: "m" });
  expect(JSON.parse(files[".gemini/settings.json"] ?? "")).toEqual({
    ui: { theme: "Dark" },
    security: { auth: { selectedType: "gemini-api-key" }, x: 1 },
  });
});

test("settings of Gemini CLI that nobody can read are named, not lost", () => {
  expect(() => arranged(geminiCli, { ownSettings: "[1, " })).toThrow("~/.gemini/settings.json is no JSON object.");
});

test("opencode can choose between all that the gateway lists, and begins with what was named", () => {
  const { environment } = arranged(openCode, { model: "big", listed: ["loopback", "big"] });
  expect(JSON.parse(environment["OPENCODE_CONFIG_CONTENT"] ?? "")).toEqual({
    model: "tokligence/big",
    small_model: "tokligence/big",
    provider: {
      tokligence: {
        npm: "@ai-sdk/openai-compatible",
        name: "Tokligence",
        options: { baseURL: `${url}/v1`, apiKey: key },
        models: { big: { name: "big" }, loopback: { name: "loopback" } },
      },
    },
  });
});
