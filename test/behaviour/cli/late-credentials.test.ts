import { expect, setDefaultTimeout, test } from "bun:test";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { testedProgram } from "../../harness/gateway.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const configuration = `[provider.openai]
api_key = \${LATE_KEY}
models = gpt-4o
[provider.anthropic]
api_keys = env://LATE_KEY
[provider.gemini]
api_key = \${LATE_KEY}
[provider.bedrock]
type = anthropic
variant = bedrock
region = eu-west-1
access_key_id = AKIA
secret_access_key = \${LATE_KEY}
`;
const notSet = "dev/gateway.ini:2: provider.openai.api_key: environment variable LATE_KEY is not set";

/** What an operator types elsewhere, none of which calls a provider. */
const commands = [
  "user list",
  "models",
  "route explain gpt-4o",
  "scheduler explain --model gpt-4o",
  "config get gateway.port",
  "config set gateway.max_retries 1",
  "usage summary",
  "ledger verify",
  "daemon install --print",
].map((line) => line.split(" "));

test("with the variable of a credential unset every command works that calls no provider, stopped and running", async () => {
  await using stopped = new GatewayProcess({ program: testedProgram, configuration });
  for (const words of commands) expect([words, await stopped.cli(...words)]).toMatchObject([words, { exitCode: 0 }]);
  await using running = new GatewayProcess({
    program: testedProgram,
    configuration,
    environment: { LATE_KEY: "sk-late", HOME: stopped.configDir },
  });
  await running.serve();
  await using elsewhere = new GatewayProcess({ program: testedProgram, beside: running });
  for (const words of [...commands, ["status"], ["stop"]]) {
    expect([words, await elsewhere.cli(...words)]).toMatchObject([words, { exitCode: 0 }]);
  }
  expect(await running.exited()).toBe(0);
});

test("serve, doctor and config validate insist on it and name the line", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  for (const words of [["serve"], ["serve", "--detach"], ["config", "validate"], ["doctor", "--offline"]]) {
    const { exitCode, stdout, stderr } = await gateway.cli(...words);
    const told = (stdout + stderr).replace(/\s+/g, " ");
    expect([words, exitCode, told]).toEqual([words, 78, expect.stringContaining(notSet)]);
  }
});
