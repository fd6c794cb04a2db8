import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { parse } from "yaml";
import { z } from "zod";
import { type DistSettings, distSettings, executableOf, folderOf } from "./dist-settings.ts";
import { makeTargetFolder } from "./target-folder.ts";
import { targetOf } from "./targets.ts";

const target = targetOf("win32", "x64");
let settings: DistSettings;
beforeEach(() => {
  settings = distSettings({ DIST_DIR: mkdtempSync(join(tmpdir(), "dist-")), DIST_VERSION: "1.2.3" });
});
afterEach(() => rmSync(settings.folder, { recursive: true }));

/** As much of GoReleaser's file as says what archives hold. */
const packed = z.object({
  archives: z.array(
    z.object({
      files: z.array(
        z.object({ src: z.string(), dst: z.string().optional(), strip_parent: z.boolean().optional() }).loose(),
      ),
    }),
  ),
});

test("a folder holds the executable and what .goreleaser.yaml packs beside it, byte for byte", () => {
  makeTargetFolder(settings, target, (program) => writeFileSync(program, "program"));
  const folder = folderOf(settings, target);
  const files = [...new Glob("**/*").scanSync(folder)].toSorted();
  const { archives } = packed.parse(parse(readFileSync(join(settings.repository, ".goreleaser.yaml"), "utf8")));
  expect(archives.length).toBeGreaterThan(0);
  for (const archive of archives) {
    const expected = archive.files.flatMap(({ src, dst, strip_parent: isBare }) =>
      [...new Glob(src).scanSync(settings.repository)].map((from) => {
        const to = isBare ? basename(from) : from;
        return [dst === undefined ? to : join(dst, to), from] as const;
      }),
    );
    expect(files).toEqual(["tokligence.exe", ...expected.map(([to]) => to)].toSorted());
    for (const [to, from] of expected)
      expect(readFileSync(join(folder, to))).toEqual(readFileSync(join(settings.repository, from)));
  }
});

test("a build that fails leaves the folder of before as it was, and nothing beside it", () => {
  makeTargetFolder(settings, target, (program) => writeFileSync(program, "of before"));
  const failing = (program: string): void => {
    writeFileSync(program, "half");
    throw new Error("no space");
  };
  expect(() => makeTargetFolder(settings, target, failing)).toThrow("no space");
  expect(readFileSync(executableOf(settings, target), "utf8")).toBe("of before");
  expect(readdirSync(join(settings.folder, "go"))).toEqual(["tokligence-windows-amd64"]);
});
