import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupManifest as manifest } from "#integrations/archive/backup-manifest.test-data.ts";
import { flushFlag, packArchive, sync } from "#integrations/archive/pack.ts";

test("an archive takes the place of an older one, and never of anything else", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pack-"));
  try {
    const [archive, database, folder] = ["old.tokb", "gateway.db", "folder"].map((name) => join(directory, name));
    await packArchive(archive ?? "", manifest, []);
    expect((await packArchive(archive ?? "", { ...manifest, node_id: "node_2" }, [])).bytes).toBeGreaterThan(0);
    writeFileSync(database ?? "", "SQLite format 3");
    mkdirSync(folder ?? "");
    for (const path of [database ?? "", folder ?? ""]) {
      const refused = await packArchive(path, manifest, []).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ code: "invalid_request", details: { field: "path" } });
    }
    expect(readFileSync(database ?? "", "utf8")).toBe("SQLite format 3");
    expect(readdirSync(directory).toSorted()).toEqual(["folder", "gateway.db", "old.tokb"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("files are flushed through handles that may write, as Windows wants it, and directories where that is possible", async () => {
  for (const platform of ["linux", "darwin", "win32"] as const) expect(flushFlag(false, platform)).toBe("r+");
  expect([flushFlag(true, "linux"), flushFlag(true, "darwin"), flushFlag(true, "win32")]).toEqual([
    "r",
    "r",
    undefined,
  ]);
  await sync(import.meta.dir);
});
