/** `launch` with the real agents: one turn of each through the gateway, and nothing left of it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { type Agent, writeText } from "./agents/agent.ts";
import { claudeCode } from "./agents/claude-code.ts";
import { codex } from "./agents/codex.ts";
import { geminiCli } from "./agents/gemini-cli.ts";
import { openCode } from "./agents/opencode.ts";
import { newPlace, runProgram } from "./program.ts";

setDefaultTimeout(90_000);

/** What an agent needs to work where nobody is, the gateway apart. */
const quiet = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  GEMINI_CLI_TRUST_WORKSPACE: "true",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
};

/** Settings of the user's own that lead elsewhere. */
const elsewhere = {
  ".claude/settings.json": JSON.stringify({
    env: {
      ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
      ANTHROPIC_API_KEY: "sk-own",
      CLAUDE_CODE_USE_BEDROCK: "1",
      CLAUDE_CODE_SKIP_BEDROCK_AUTH: "1",
      ANTHROPIC_BEDROCK_BASE_URL: "http://127.0.0.1:1",
      AWS_REGION: "us-east-1",
    },
  }),
  ".codex/config.toml": 'model = "other"\nmodel_provider = "openai"\n',
  ".gemini/settings.json": '{"security":{"auth":{"selectedType":"oauth-personal"}}}',
  ".config/opencode/opencode.json": '{"model":"other/other","share":"disabled"}',
};

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ keys: true, ini: "[routes]\nlittle = loopback/little\n" });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test.each([
  ["claude", claudeCode, ["-p"]],
  ["codex", codex, ["exec", "--skip-git-repo-check"]],
  ["gemini", geminiCli, ["-p"]],
  ["opencode", openCode[0], ["run"]],
] satisfies [string, Agent | undefined, string[]][])(
  "%s answers through the gateway under a key of its own, which ends with it",
  async (name, agent, words) => {
    using place = newPlace();
    const [programs, temporary] = [join(place.work, "../bin"), join(place.work, "../tmp")];
    for (const directory of [programs, temporary]) mkdirSync(directory);
    const [program = ""] = agent?.command({ url: "", key: "", model: "" }, "", false) ?? [];
    const script = program === "node" ? geminiCli.command({ url: "", key: "", model: "" }, "", false)[1] : undefined;
    writeFileSync(join(programs, name), `#!/bin/sh\nexec ${program} ${script ?? ""} "$@"\n`, { mode: 0o755 });
    for (const [path, text] of Object.entries(elsewhere)) writeText(join(place.home, path), text);

    const where = ["--config-dir", gateway.configDir, "--env", "dev", "--model", "little", "--"];
    const end = await runProgram([...testedProgram, "launch", name, ...where, ...words, "Say aloha."], place, {
      ...quiet,
      PATH: `${programs}:${process.env.PATH}`,
      TMPDIR: temporary,
    });
    expect({ ...end, stderr: "" }).toMatchObject({ exitCode: 0, late: false });
    expect(end.stdout).toContain("Say aloha.");

    const keys = await gateway.cli("apikey", "list", "--label", `launch=${name}`, "--json");
    const key = JSON.parse(keys.stdout) as { id: string; status: string };
    expect(key.status).toBe("revoked");
    const booked = (await gateway.logs()).filter((row) => row.tags.includes(`launch=${name}`));
    expect(booked.length).toBeGreaterThan(0);
    expect(new Set(booked.map((row) => `${row.key_id} ${row.requested_model}`))).toEqual(new Set([`${key.id} little`]));
    expect(readdirSync(temporary).filter((entry) => entry.startsWith("tokligence-"))).toEqual([]);
  },
);
