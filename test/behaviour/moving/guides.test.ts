/** The guides' commands, run as they stand there: only paths are those of the test. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, withKey } from "../../harness/client.ts";
import { ended } from "../../harness/ended.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { certificate } from "../../harness/tls/certificates.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

let place: TemporaryDirectory;
let here: GatewayProcess;
let there: GatewayProcess;

beforeEach(() => {
  place = temporaryDirectory();
  const program = `#!/bin/sh\nexec ${testedProgram.map((word) => `'${word}'`).join(" ")} "$@"\n`;
  for (const [name, text] of [
    ["bin/tokligence", program],
    ["secret.txt", "correct horse\n"],
    ["etc/backup-passphrase", "correct horse\n"],
    ["etc/cert.pem", certificate("trusted").cert],
    ["etc/key.pem", certificate("trusted").key],
    ["backups/.keep", ""],
  ] as const) {
    mkdirSync(join(place.path, name, ".."), { recursive: true });
    writeFileSync(join(place.path, name), text);
  }
  chmodSync(join(place.path, "bin/tokligence"), 0o700);
  [here, there] = [new GatewayProcess({ program: testedProgram }), new GatewayProcess({ program: testedProgram })];
});
afterEach(async () => {
  await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
  place[Symbol.dispose]();
});

/** Blocks of a language in a guide, in their order, without the margin of the list that they stand in. */
function blocksOf(guide: string, language: string): readonly string[] {
  const page = readFileSync(`docs/guides/${guide}.md`, "utf8");
  return [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^\\1\`\`\``, "gms"))].map(
    ([, margin = "", block = ""]) => block.replaceAll(new RegExp(`^${margin}`, "gm"), ""),
  );
}

/** Runs lines of a guide in one shell on the configuration of `gateway`; what they print, which must be without a fault. */
async function run(gateway: GatewayProcess, lines: string): Promise<string> {
  const child = Bun.spawn(["sh", "-euc", placed(lines)], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: place.path,
    env: {
      PATH: `${join(place.path, "bin")}:${process.env["PATH"] ?? ""}`,
      HOME: gateway.configDir,
      TOKLIGENCE_CONFIG_DIR: gateway.configDir,
      TOKLIGENCE_ENV: "dev",
      TOKLIGENCE_GATEWAY_PORT: String(gateway.port),
    },
  });
  const { exitCode, stdout, stderr } = await ended(child);
  expect([lines, exitCode, exitCode === 0 ? "" : stderr]).toEqual([lines, 0, ""]);
  return stdout;
}

function placed(lines: string): string {
  const paths = lines.replaceAll("/etc/tokligence", join(place.path, "etc"));
  return paths.replaceAll("/backups/", `${join(place.path, "backups")}/`);
}

/** The key that a command printed. */
function keyIn(said: string): string {
  return /^key +(tok_\S+)$/m.exec(said)?.[1] ?? "";
}

async function statusOf(gateway: GatewayProcess, key: string): Promise<number> {
  const answer = await chat(gateway, { model: "loopback" }, key === "" ? {} : withKey(key));
  await answer.text();
  return answer.status;
}

test("from one person to a team, and on to another machine: every command of the guide does what it says", async () => {
  const [people = "", profile = "", move = "", ...more] = blocksOf("personal-to-team", "sh");
  expect(more).toEqual([]);
  const made = await run(here, people);
  const key = keyIn(made);
  expect(made).toContain("20 USD, month, hard, for user:ada@example.com");

  const [listening = ""] = blocksOf("personal-to-team", "ini");
  writeFileSync(join(here.configDir, "dev/gateway.ini"), placed(listening));
  expect(await run(here, "tokligence config validate")).toStartWith("Valid");
  here.write("dev/gateway.ini", "[provider.demo]\ntype = loopback\n[routes]\nloopback = demo\n");
  await run(here, profile);
  await here.serve();
  expect(here.stdout).toContain("profile team");
  expect([await statusOf(here, ""), await statusOf(here, key)]).toEqual([401, 200]);

  const page = readFileSync("docs/guides/personal-to-team.md", "utf8");
  const inline = [...page.matchAll(/`(tokligence [^`]+)`/g)].map(([, command = ""]) => command);
  const [root = "", usage = "", ...others] = inline;
  expect([others, keyIn(await run(here, root)).startsWith("tok_")]).toEqual([[], true]);
  expect(await run(here, usage)).toContain("loopback");

  const [exported = "", ...imported] = move.trimEnd().split("\n");
  await run(here, exported);
  const [wouldTake = "", took = ""] = [await run(there, imported[0] ?? ""), await run(there, imported[1] ?? "")];
  expect([wouldTake.split("\n")[0], imported.length]).toEqual([took.split("\n")[0]?.replace("Took", "Would take"), 2]);
  there.write("dev/gateway.ini", "[gateway.auth]\nenabled = true\n");
  await there.serve();
  expect([await statusOf(there, ""), await statusOf(there, key)]).toEqual([401, 200]);
});

test("backup and restore: the guide's backup of a running gateway puts a stopped one back as it was", async () => {
  const [backup = "", restore = "", ...more] = blocksOf("backup-and-restore", "sh");
  expect(more).toEqual([]);
  here.write("dev/gateway.ini", "[gateway.auth]\nenabled = true\n");
  await here.serve();
  const key = await here.createKey();
  await run(here, backup);
  expect((await here.cli("user", "delete", "ada@example.com", "--yes")).exitCode).toBe(0);
  expect(await statusOf(here, key)).toBe(401);
  await here.stop();
  // The guide's day is not today.
  await run(here, restore.replace("2026-11-21", "$(date +%F)"));
  await here.serve();
  expect(await statusOf(here, key)).toBe(200);
});
