import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { distSettings, executableOf } from "./dist-settings.ts";
import { chosenTargets, targetOf, targets } from "./targets.ts";

const repository = resolve(import.meta.dir, "../..");
const names = (words: string | undefined): readonly string[] => chosenTargets(words).map(({ name }) => name);

test("DIST_TARGETS names targets, this machine or all of them, which nothing means too", () => {
  expect(names("linux-arm64, darwin-arm64")).toEqual(["linux-arm64", "darwin-arm64"]);
  expect(names("host")).toEqual([targetOf(process.platform, process.arch).name]);
  expect([names(""), names(undefined), names("host all")]).toEqual(Array(3).fill(targets.map(({ name }) => name)));
});

test("a target that does not exist is refused with those that do", () => {
  expect(() => chosenTargets("linux-riscv")).toThrow("No target linux-riscv; there are linux-amd64, ");
  expect(() => targetOf("freebsd", "x64")).toThrow("There is no executable for freebsd on x64.");
});

test("a target named twice is built once", () => {
  expect(names(`host ${targetOf(process.platform, process.arch).name}`)).toHaveLength(1);
});

test("DIST_DIR is read from the repository's root, and DIST_VERSION is the version of everything", () => {
  const settings = distSettings({ DIST_DIR: "elsewhere", DIST_VERSION: "v1.2.3-rc.1", DIST_TARGETS: "windows-arm64" });
  expect(settings).toMatchObject({ repository, folder: resolve(repository, "elsewhere"), version: "1.2.3-rc.1" });
  expect(settings.targets.map((target) => executableOf(settings, target))).toEqual([
    resolve(repository, "elsewhere/go/tokligence-windows-arm64/tokligence.exe"),
  ]);
  expect(distSettings({ DIST_DIR: "" }).folder).toBe(resolve(repository, "dist"));
});
