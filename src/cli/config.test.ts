/** The commands as a user types them, on a directory of their own. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const main = resolve(import.meta.dir, "../main.ts");
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "config-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tokligence(...words: string[]): { code: number; out: string; error: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, main, ...words], {
    cwd: root,
    env: { HOME: root, PATH: process.env.PATH },
  });
  return { code: exitCode, out: stdout.toString(), error: stderr.toString() };
}

test("init writes private files, leaves existing ones as they are, and says how to serve them", () => {
  const first = tokligence(
    "init",
    "--yes",
    "--root",
    root,
    "--port",
    "9000",
    "--set",
    "routes.a=loopback",
    "--set",
    "email=x@y.z",
  );
  expect(first).toMatchObject({ code: 0, error: "" });
  expect(first.out).toContain(`tokligence serve --root ${root}`);
  expect(statSync(join(root, "config/dev/gateway.ini")).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, "config")).mode & 0o777).toBe(0o700);
  const again = tokligence("init", "--yes", "--root", root);
  expect(again).toMatchObject({ code: 0, error: "" });
  expect(again.out).toStartWith(`Nothing to change in ${join(root, "config")}`);
  expect(tokligence("config", "get", "gateway.port", "--root", root).out).toBe("9000\n");
  expect(tokligence("config", "get", "routes.a", "--root", root).out).toBe("loopback\n");
});

test("init without --yes is a usage error, since nothing could be asked", () => {
  expect(tokligence("init", "--root", root).code).toBe(2);
});

test("what is set is shown, explained and kept private", () => {
  expect(tokligence("config", "set", "gateway.port", "9001", "--config-dir", root).code).toBe(0);
  expect(tokligence("config", "set", "provider.openai.api_key", "sk-canary", "--config-dir", root).code).toBe(0);
  const file = join(root, "config.yaml");
  expect(readFileSync(file, "utf8")).toContain("port: 9001");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const shown = tokligence("config", "show", "--json", "--config-dir", root).out;
  expect(JSON.parse(shown)).toMatchObject({ gateway: { port: 9001 }, providers: { openai: { api_key: "[secret]" } } });
  const explained = tokligence("config", "explain", "--config-dir", root).out;
  expect(explained).toContain(`gateway.port = 9001  from ${file}:2`);
  expect(explained).toContain("Not active yet:");
  expect(shown + explained).not.toContain("sk-canary");
});

test("config set and init leave a file open to those who read it, until it holds a secret, and say so", () => {
  const file = join(root, "config.yaml");
  writeFileSync(file, "log_level: info\n");
  chmodSync(file, 0o644);
  const changes = (words: readonly string[]) => {
    const { code, error } = tokligence(...words, "--config-dir", root);
    return [code, error, statSync(file).mode & 0o777];
  };
  expect(changes(["config", "set", "gateway.port", "9001"])).toEqual([0, "", 0o644]);
  expect(changes(["init", "--yes", "--set", "log_level=warn"])).toEqual([0, "", 0o644]);
  const said = `${file} is for its owner alone now (mode 0600, was 0644): it was given a secret. A reference, such as file:///path, is none.\n`;
  expect(changes(["config", "set", "provider.openai.api_key", "sk-canary"])).toEqual([0, said, 0o600]);
});

test("T-51 T-52 an invalid configuration is exit 78 with every problem, and so is one that serve refuses", () => {
  writeFileSync(join(root, "setting.ini"), "prot = 1\n[gateway]\nport = x\n");
  const bad = tokligence("config", "validate", "--config-dir", root);
  expect(bad.code).toBe(78);
  expect(bad.error).toContain("setting.ini:1: prot: unknown key");
  expect(bad.error).toContain("setting.ini:3: gateway.port: expected");
  writeFileSync(join(root, "setting.ini"), "profile = team\n");
  const blocked = tokligence("config", "validate", "--config-dir", root);
  expect(blocked).toMatchObject({ code: 78, out: "" });
  expect(blocked.error).toContain("refusing to serve:\n  ");
  expect(blocked.error).toContain("database.type: the PostgreSQL store is not built yet");
  const told = tokligence("config", "validate", "--json", "--config-dir", root);
  expect([told.code, JSON.parse(told.out)]).toEqual([
    78,
    expect.objectContaining({
      valid: false,
      profile: "team",
      blockers: [expect.objectContaining({ key: "database.type" })],
    }),
  ]);
});

test("a key that is none is refused whatever its name, and so is one that is given twice by two names", () => {
  const directory = mkdtempSync(join(root, "odd-"));
  for (const [words, error] of [
    [["config", "set", "__proto__", "1"], "unknown key __proto__"],
    [["serve", "--set", "__proto__=1"], "__proto__: unknown key"],
    [["config", "set", "provider.x.type", "openai", "providers.x.type", "gemini"], "providers.x.type is given twice"],
  ] as const) {
    const { code, out, error: said } = tokligence(...words, "--config-dir", directory);
    expect([words, code === 0, out, said]).toEqual([words, false, "", expect.stringContaining(error)]);
  }
  expect(readdirSync(directory)).toEqual([]);
});

test("files that settings name are checked with the configuration", () => {
  for (const [said, file] of [
    ["gateway.tls_cert=/nowhere/a.pem,gateway.tls_key=/nowhere/b.pem", "/nowhere/a.pem (gateway.tls_cert)"],
    ["gateway.model_catalog=/nowhere/c.json", "/nowhere/c.json (gateway.model_catalog)"],
  ] as const) {
    const directory = mkdtempSync(join(root, "files-"));
    for (const change of said.split(",")) {
      const [key = "", value = ""] = change.split("=");
      expect(tokligence("config", "set", key, value, "--config-dir", directory).code).toBe(0);
    }
    const missing = tokligence("config", "validate", "--config-dir", directory);
    expect([missing.code, missing.error.includes(file)]).toEqual([78, true]);
  }
});

test("nothing is read from the working directory", () => {
  writeFileSync(join(root, "setting.ini"), "nonsense");
  expect(tokligence("config", "path").out).toBe(`${join(root, ".config/tokligence")}\n`);
  expect(tokligence("config", "validate").code).toBe(0);
});

test("profiles are listed and shown, a wrong name gets the nearest, your own among them", () => {
  expect(
    tokligence("profile", "list", "--json")
      .out.trim()
      .split("\n")
      .map((line) => JSON.parse(line).name),
  ).toEqual(["personal", "agent", "team", "enterprise"]);
  expect(tokligence("profile", "show", "team").out).toContain("type: postgresql");
  expect(tokligence("profile", "show", "taem").error).toContain('did you mean "team"?');
  expect(tokligence("profile", "create", "laboratory", "--config-dir", root).code).toBe(0);
  const mistyped = tokligence("config", "validate", "--profile", "labratory", "--config-dir", root);
  expect(mistyped.error).toContain('did you mean "laboratory"?');
});

test("the JSON schema is JSON", () => {
  expect(JSON.parse(tokligence("config", "schema").out)).toMatchObject({ type: "object", additionalProperties: false });
});
