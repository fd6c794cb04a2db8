import { join } from "node:path";
import { Glob } from "bun";
import { programDirectory } from "../program.ts";
import { type Agent, writeText } from "./agent.ts";

const packageDirectory = join(programDirectory, `node_modules/@openai/codex-${process.platform}-${process.arch}`);

function program(): string {
  const [found] = new Glob("vendor/*/bin/codex").scanSync(packageDirectory);
  return join(packageDirectory, found ?? "codex");
}

/** Codex in function mode, which it falls back to for models that it does not know. It speaks Responses. */
export const codex: Agent = {
  name: "Codex",
  modelName: (model) => model,
  configure(place, { url, model }) {
    const provider = `name = "gateway"\nbase_url = "${url}/v1"\nenv_key = "GATEWAY_KEY"\nwire_api = "responses"\n`;
    const retries = "request_max_retries = 1\nstream_max_retries = 2\n";
    writeText(
      join(place.home, ".codex/config.toml"),
      `model = "${model}"\nmodel_provider = "gateway"\n[model_providers.gateway]\n${provider}${retries}`,
    );
  },
  command: (_, prompt, again) => [
    program(),
    "exec",
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    ...(again ? ["resume", "--last"] : []),
    prompt,
  ],
  environment: ({ key }) => ({ GATEWAY_KEY: key }),
  shell: (command) => ({ name: "exec_command", input: JSON.stringify({ cmd: command }) }),
  look: (path) => ({ name: "view_image", input: JSON.stringify({ path }) }),
  saysOfLimit: () => /max_output_tokens|incomplete/i,
  asksAgain: true,
};

/** Codex in code mode: one freeform tool in a namespace, given JavaScript; chosen by the beginning of the model's name. */
export const codexCodeMode: Agent = {
  ...codex,
  name: "Codex, code mode",
  modelName: (model) => `gpt-6.1-sol-${model}`,
  shell: (command) =>
    script(`const done = await tools.exec_command({cmd: ${JSON.stringify(command)}});\ntext(done.output);`),
  look: (path) => script(`const seen = await tools.view_image({"path": '${path}'});\nimage(seen.image_url);`),
};

function script(input: string) {
  return { name: "exec", namespace: "functions", custom: true, input };
}
