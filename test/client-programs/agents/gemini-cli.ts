import { join } from "node:path";
import { programDirectory } from "../program.ts";
import { type Agent, writeText } from "./agent.ts";

/** Gemini CLI, which speaks Gemini and runs on Node. */
export const geminiCli: Agent = {
  name: "Gemini CLI",
  modelName: (model) => model,
  configure(place) {
    const settings = { security: { auth: { selectedType: "gemini-api-key" } } };
    writeText(join(place.home, ".gemini/settings.json"), JSON.stringify(settings));
  },
  command: ({ model }, prompt, again) => [
    "node",
    join(programDirectory, "node_modules/@google/gemini-cli/bundle/gemini.js"),
    ...(again ? ["--resume", "latest"] : []),
    "-m",
    model,
    "--yolo",
    "-p",
    prompt,
  ],
  environment: ({ url, key }) => ({
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_API_KEY: key,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
  }),
  shell: (command) => ({ name: "run_shell_command", input: JSON.stringify({ command }) }),
  look: (path) => ({ name: "read_file", input: JSON.stringify({ file_path: path }) }),
  saysOfLimit: (words) => new RegExp(words),
  asksAgain: true,
};
