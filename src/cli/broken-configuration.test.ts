import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { commands } from "#cli/commands.ts";

const main = resolve(import.meta.dir, "../main.ts");

/** The least that each verb can be called with. */
const words: Readonly<Record<string, string>> = {
  serve: "serve",
  status: "status",
  doctor: "doctor --offline",
  config: "config validate",
  user: "user list",
  team: "team list",
  apikey: "apikey list",
  budget: "budget list",
  prices: "prices show",
  usage: "usage summary",
  ledger: "ledger verify",
  audit: "audit list",
  models: "models",
  route: "route explain gpt-4o",
  scheduler: "scheduler status",
  export: "export --output nowhere.tar",
  backup: "backup --output nowhere.tar",
};

test("T-51 every command that reads the configuration says which line is wrong and why, and exits 78", async () => {
  const root = mkdtempSync(join(tmpdir(), "broken-"));
  try {
    mkdirSync(join(root, "dev"));
    writeFileSync(join(root, "dev/gateway.ini"), "[gateway]\nport = many\n");
    const known = new Set(commands.map(({ name }) => name));
    expect(Object.keys(words).filter((verb) => !known.has(verb))).toEqual([]);
    for (const line of Object.values(words)) {
      const child = Bun.spawn([process.execPath, main, ...line.split(" "), "--config-dir", root], {
        stdio: ["ignore", "pipe", "pipe"],
        cwd: root,
        env: { HOME: root, PATH: process.env.PATH },
      });
      const [code, out, error] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
      const text = (out + error).replace(/\s+/g, " ");
      expect([line, code]).toEqual([line, 78]);
      expect([line, text]).toEqual([line, expect.stringContaining("dev/gateway.ini:2: gateway.port: expected whole")]);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 60_000);
