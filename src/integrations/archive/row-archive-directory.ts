import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { GatewayError } from "#core/errors.ts";
import type { RowArchive } from "#core/evidence/row-archive.ts";
import { diskError } from "#integrations/archive/disk-error.ts";
import { syncFile } from "#integrations/archive/pack.ts";

/** Rows in a directory, a file `NAME.jsonl.gz` (mode 0600) for each stretch. */
export function createRowArchive(directory: string, syncNames: DirectorySync): RowArchive {
  return {
    async keep(name, lines) {
      const path = join(directory, `${name}.jsonl.gz`);
      const draft = `${path}.part`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const written = createHash("sha256");
        const target = createWriteStream(draft, { mode: 0o600, flags: "w" });
        await pipeline(Readable.from(noted(lines, written)), createGzip(), target);
        await syncFile(draft);
        if ((await hashOf(draft)) !== written.digest("hex")) throw new Error("what was read back differs");
        await rename(draft, path);
        syncNames(directory);
      } catch (thrown) {
        await rm(draft, { force: true });
        throw thrown instanceof GatewayError ? thrown : diskError(thrown, path);
      }
    },
  };
}

async function* noted(lines: AsyncIterable<string>, hash: ReturnType<typeof createHash>): AsyncGenerator<string> {
  for await (const line of lines) {
    hash.update(line);
    yield line;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) hash.update(chunk);
  });
  return hash.digest("hex");
}
