import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectFiles } from "#integrations/archive/directory-files.ts";

test("rows that wait in both spools are taken along as one, but for a line that is being written", async () => {
  const directory = mkdtempSync(join(tmpdir(), "files-"));
  try {
    const made = (name: string): string => {
      mkdirSync(join(directory, name));
      return join(directory, name);
    };
    const [dataDir, configDir, staging] = [made("data"), made("config"), made("staging")];
    writeFileSync(join(dataDir, "spool.jsonl"), '{"id":2}\n');
    writeFileSync(join(dataDir, "spool.handover.jsonl"), '{"id":1}\n{"id":');
    const places = { dataDir, configDir, databasePath: join(dataDir, "gateway.db") };
    const { files } = await collectFiles(places, staging, true);
    expect(files.map(({ member }) => member.name)).toEqual(["data/spool.jsonl"]);
    expect(readFileSync(join(staging, "spool.jsonl"), "utf8")).toBe('{"id":1}\n{"id":2}\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
