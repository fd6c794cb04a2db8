import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationSource } from "#configurations/configuration-source.ts";
import { loadSettings } from "#settings/load.ts";

test("a source knows each file it looked for, and tells when one is another, or may be read at last", () => {
  const directory = join(tmpdir(), `tokligence-source-${process.pid}`);
  mkdirSync(directory);
  try {
    const [setting, key] = [join(directory, "setting.ini"), join(directory, "key")];
    const ini = `[provider.p]\ntype = openai\napi_key = file://${key}\n`;
    writeFileSync(setting, ini);
    writeFileSync(key, "sk-one");
    const source = new ConfigurationSource((readFile) =>
      loadSettings({ configDirFlag: directory, flags: {}, environ: {}, home: "/nowhere", readFile }),
    );
    source.load();
    const names = ["config.yaml", "dev/gateway.ini", "key", "setting.ini"];
    expect(source.files).toEqual(expect.arrayContaining(names.map((name) => join(directory, name))));
    expect(source.change()).toBeUndefined();
    writeFileSync(`${key}.new`, "sk-two");
    renameSync(`${key}.new`, key);
    expect(typeof source.change()).toBe("string");
    source.load();
    rmSync(key);
    expect(() => source.load("refused")).toThrow(/api_key: file .* cannot be read/);
    expect([source.change(), source.last?.settings.providers[0]?.apiKey?.reveal()]).toEqual([undefined, "sk-two"]);
    chmodSync(setting, 0o600);
    expect(typeof source.change()).toBe("string");
    expect(() => source.load()).toThrow();
    // A directory in the way of a file is a state like any other.
    writeFileSync(join(directory, "dev"), "");
    expect(source.change()).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
