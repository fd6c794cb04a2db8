import { join } from "node:path";
import { programDirectory } from "../program.ts";
import type { Agent } from "./agent.ts";

const program = join(
  programDirectory,
  `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
);

/** Claude Code, which speaks Anthropic Messages. */
export const claudeCode: Agent = {
  name: "Claude Code",
  modelName: (model) => model,
  configure: () => undefined,
  command: ({ model }, prompt, again) => [
    program,
    "-p",
    prompt,
    ...(again ? ["--continue"] : []),
    "--model",
    model,
    "--dangerously-skip-permissions",
  ],
  environment: ({ url, key }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    // It refuses to skip permissions as root anywhere else.
    IS_SANDBOX: "1",
  }),
  shell: (command) => ({ name: "Bash", input: JSON.stringify({ command, description: "A test" }) }),
  look: (path) => ({ name: "Read", input: JSON.stringify({ file_path: path }) }),
  saysOfLimit: () => /output token maximum/,
  asksAgain: true,
};
