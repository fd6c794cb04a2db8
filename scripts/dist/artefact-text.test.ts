import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artefactText } from "./artefact-text.ts";

let repository = "";
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "artefact-"));
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

function written(path: string, size: number): string {
  writeFileSync(path, "");
  truncateSync(path, size);
  return path;
}

test("an artefact is named from the repository, or in full where it lies elsewhere", () => {
  mkdirSync(join(repository, "dist"));
  expect(artefactText({ repository }, written(join(repository, "dist/a.whl"), 1))).toBe("dist/a.whl, 1 KB");
  const inside = join(repository, "dist");
  const elsewhere = written(join(repository, "b.whl"), 1);
  expect(artefactText({ repository: inside }, elsewhere)).toBe(`${elsewhere}, 1 KB`);
});

test("a size that is no megabyte is told in KB, never as 0.0 MB", () => {
  const path = join(repository, "a");
  const sizes = [1, 43_210, 999_000, 1_000_000, 40_400_000].map((size) =>
    artefactText({ repository }, written(path, size)),
  );
  expect(sizes).toEqual(["a, 1 KB", "a, 44 KB", "a, 999 KB", "a, 1 MB", "a, 40 MB"]);
});
