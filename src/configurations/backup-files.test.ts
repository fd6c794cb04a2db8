import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectFiles } from "#integrations/archive/directory-files.ts";
import { openControlSocket } from "#platform/control-socket.ts";

test("a backup holds the configuration, and not how a gateway beside it is reached", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "backup-"));
  const staging = mkdtempSync(join(tmpdir(), "staging-"));
  const socket = openControlSocket({ dataDir, app: { fetch: () => new Response() }, kind: "port" });
  try {
    expect(existsSync(socket.path)).toBe(true);
    writeFileSync(join(dataDir, "setting.ini"), "profile = personal\n");
    const places = { dataDir, configDir: dataDir, databasePath: join(dataDir, "gateway.db") };
    for (const isOpen of [true, false]) {
      const { files, secrets, notes } = await collectFiles(places, mkdtempSync(join(staging, "copy-")), isOpen);
      expect(files.map(({ member }) => member.name)).toEqual(["config/setting.ini"]);
      expect([secrets, notes]).toEqual([{}, []]);
    }
  } finally {
    await socket.stop();
    for (const path of [dataDir, staging]) rmSync(path, { recursive: true });
  }
});
