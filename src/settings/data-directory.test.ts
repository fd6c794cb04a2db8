import { expect, test } from "bun:test";
import { dataDirectoryOf } from "#settings/data-directory.ts";

function directory(ini: string, environ: Readonly<Record<string, string>> = {}): string {
  const readFile = (path: string) => (path === "/c/setting.ini" ? ini : undefined);
  return dataDirectoryOf({ configDirFlag: "/c", flags: {}, environ, home: "/h", readFile });
}

test("the data directory is found whatever else is wrong with the configuration", () => {
  expect(directory("[gateway]\nprot = x\n[broken")).toBe("/c");
  expect(directory("colour = red\n[database]\npath = ~/data/books.db\n")).toBe("/h/data");
  expect(directory("[database]\npath = ${NOWHERE}\n")).toBe("/c");
  expect(directory("", { TOKLIGENCE_DATABASE_PATH: "/var/lib/tok/gateway.db" })).toBe("/var/lib/tok");
});
