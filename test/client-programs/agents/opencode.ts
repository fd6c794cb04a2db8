import { join } from "node:path";
import { fourModels } from "../../harness/four-providers.ts";
import { programDirectory } from "../program.ts";
import { type Agent, writeText } from "./agent.ts";

const program = join(programDirectory, `node_modules/opencode-${process.platform}-${process.arch}/bin/opencode`);

/** opencode with one of the packages of the AI SDK, by the protocol that it speaks. */
export const openCode: readonly Agent[] = [
  agentOf("chat completions", "@ai-sdk/openai-compatible", "/v1", false),
  agentOf("Responses", "@ai-sdk/openai", "/v1", true),
  agentOf("Messages", "@ai-sdk/anthropic", "/v1", false),
  agentOf("Gemini", "@ai-sdk/google", "/v1beta", true),
];

function agentOf(protocol: string, npm: string, path: string, asksAgain: boolean): Agent {
  return {
    name: `opencode, ${protocol}`,
    modelName: (model) => model,
    configure(place, { url, key }) {
      const seen = { attachment: true, tool_call: true, modalities: { input: ["text", "image"], output: ["text"] } };
      const models = Object.fromEntries(fourModels.map((model) => [model, { name: model, ...seen }]));
      const gateway = { npm, name: "gateway", options: { baseURL: `${url}${path}`, apiKey: key }, models };
      const configuration = { autoupdate: false, share: "disabled", provider: { gateway } };
      writeText(join(place.home, ".config/opencode/opencode.json"), JSON.stringify(configuration));
    },
    command: ({ model }, prompt, again) => [
      program,
      "run",
      ...(again ? ["--continue"] : []),
      "--model",
      `gateway/${model}`,
      prompt,
    ],
    environment: () => ({ OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_AUTOUPDATE: "1" }),
    shell: (command) => ({ name: "bash", input: JSON.stringify({ command, description: "A test" }) }),
    look: (file) => ({ name: "read", input: JSON.stringify({ filePath: file }) }),
    saysOfLimit: (words) => new RegExp(words),
    asksAgain,
    endlessAtBlockedPrompt: npm === "@ai-sdk/google",
  };
}
