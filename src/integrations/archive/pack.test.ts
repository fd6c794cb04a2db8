import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupManifest as manifest } from "#integrations/archive/backup-manifest.test-data.ts";
import { packArchive } from "#integrations/archive/pack.ts";

test("an archive takes the place of an older one, under a name that is made to last, and never of anything else", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pack-"));
  try {
    const [archive, database, folder] = ["old.tokb", "gateway.db", "folder"].map((name) => join(directory, name));
    const synced: string[] = [];
    await packArchive(archive ?? "", manifest, [], (path) => synced.push(path));
    expect(synced).toEqual([directory]);
    expect(
      (await packArchive(archive ?? "", { ...manifest, node_id: "node_2" }, [], () => undefined)).bytes,
    ).toBeGreaterThan(0);
    writeFileSync(database ?? "", "SQLite format 3");
    mkdirSync(folder ?? "");
    for (const path of [database ?? "", folder ?? ""]) {
      const refused = await packArchive(path, manifest, [], () => undefined).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ code: "invalid_request", details: { field: "path" } });
    }
    expect(readFileSync(database ?? "", "utf8")).toBe("SQLite format 3");
    expect(readdirSync(directory).toSorted()).toEqual(["folder", "gateway.db", "old.tokb"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
