/** The guides for one person, for agents and for a team, run as they stand there in a home that holds nothing. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ended } from "../../harness/ended.ts";
import { eventually } from "../../harness/eventually.ts";
import { freePort } from "../../harness/free-port.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { certificate, testAuthority } from "../../harness/tls/certificates.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

let home: TemporaryDirectory;
let port: number;
let metricsPort: number;
beforeEach(() => {
  home = temporaryDirectory();
  port = freePort();
  metricsPort = freePort();
  const program = `#!/bin/sh\nexec ${testedProgram.map((word) => `'${word}'`).join(" ")} "$@"\n`;
  const { cert, key } = certificate("trusted");
  for (const [name, text] of [
    ["bin/tokligence", program],
    ["etc/cert.pem", cert],
    ["etc/key.pem", key],
  ] as const) {
    mkdirSync(join(home.path, name, ".."), { recursive: true });
    writeFileSync(join(home.path, name), text, { mode: 0o600 });
  }
  chmodSync(join(home.path, "bin/tokligence"), 0o700);
});
afterEach(async () => {
  await run("tokligence stop --now");
  home[Symbol.dispose]();
});

/** Runs lines in one shell; what they print, which must be without a fault. */
async function run(lines: string): Promise<string> {
  const child = Bun.spawn(["sh", "-euc", lines], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: home.path,
    env: {
      PATH: `${join(home.path, "bin")}:${process.env["PATH"] ?? ""}`,
      HOME: home.path,
      TOKLIGENCE_GATEWAY_PORT: String(port),
      // The profile of a team has 9090, which others may hold here.
      TOKLIGENCE_METRICS_PROMETHEUS_PORT: String(metricsPort),
      // As the guides have it in the profile of the shell.
      OPENAI_API_KEY: "sk-test",
    },
  });
  const { exitCode, stdout, stderr } = await ended(child);
  expect([lines, exitCode, exitCode === 0 ? "" : stderr]).toEqual([lines, 0, ""]);
  return stdout;
}

/** Every command of a guide in order; nobody outside is asked, and no service of this machine is made. */
function commandsOf(guide: string): string {
  const page = readFileSync(`docs/guides/${guide}.md`, "utf8");
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(3);
  return blocks
    .join("")
    .replaceAll("127.0.0.1:8081", `127.0.0.1:${port}`)
    .replaceAll("=/etc/tokligence/", `=${join(home.path, "etc")}/`)
    .replaceAll(/^tokligence doctor/gm, "tokligence doctor --offline")
    .replaceAll(/^tokligence daemon install(?!.*--print)/gm, "tokligence daemon install --print");
}

test("one person: from nothing to a model that answers, a provider, a bound on what it costs and a backup", async () => {
  const said = await run(commandsOf("personal"));
  expect(said).toContain('"content":"Hello"');
  expect(said).toContain("5 USD, day, hard, for org");
  expect(said).toContain("gateway.tokb");
  // The gateway looks for changes every second.
  await eventually("the route fast", async () =>
    /openai/.test(await run("tokligence route explain fast 2>&1 || true")),
  );
});

test("agents: from nothing to a key with limits, a budget and books of its own, behind the loop guard", async () => {
  const said = await run(commandsOf("agent"));
  expect(said).toContain("(profile agent)");
  expect(said).toContain("requests at once   8");
  expect(said).toContain("2 USD, day, hard, for tag:agent=researcher");
  expect(said).toContain("duplicate_detection = true");
});

test("a team: from nothing to TLS, a key and budgets for each, on SQLite while the profile alone would be refused", async () => {
  const said = await run(commandsOf("team"));
  expect(said).toContain(`listens on https://0.0.0.0:${port} (profile team)`);
  expect(said).toContain("200 USD, month, hard, for team:search");
  expect(said).toContain("The books hold");
  const key = /^key +(tok_\S+)$/m.exec(said)?.[1] ?? "";
  const models = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    const tls = { ca: testAuthority() };
    return (await fetch(`https://localhost:${port}/v1/models`, { headers, tls })).status;
  };
  expect([await models({}), await models({ authorization: `Bearer ${key}` })]).toEqual([401, 200]);
  expect(
    await run("tokligence config validate --profile team --config-dir ./nothing 2>&1 || echo refused with $?"),
  ).toEndWith("refused with 78\n");
});
