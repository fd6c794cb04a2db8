import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { bundledPackages } from "./bundled-packages.ts";
import { entryPoints } from "./entry-points.ts";

const repository = resolve(import.meta.dir, "..");

/** The packages that the bundler puts into the executable, and what each of them is called. */
async function inExecutable(): Promise<ReadonlySet<string>> {
  const { metafile, success } = await Bun.build({
    entrypoints: entryPoints.map((path) => resolve(repository, path)),
    target: "bun",
    metafile: true,
  });
  expect(success).toBe(true);
  const paths = Object.keys(metafile?.inputs ?? {});
  const names = paths.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? [],
  );
  return new Set(names);
}

test("the packages that the executables hold are those of the lock file, none left out", async () => {
  const { all } = bundledPackages(repository);
  const held = await inExecutable();
  expect([...held].toSorted()).toEqual([...all]);
});

test("THIRD_PARTY_LICENSES names each of them with its version, and Bun", () => {
  const text = readFileSync(resolve(repository, "THIRD_PARTY_LICENSES"), "utf8");
  const { all, locked } = bundledPackages(repository);
  const titles = all.map((name) => `\n${name} ${locked(name).version} (${locked(name).license})\n`);
  expect([...titles, "\nBun\n"].filter((title) => !text.includes(title))).toEqual([]);
});
