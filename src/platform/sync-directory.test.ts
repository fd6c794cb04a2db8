import { expect, test } from "bun:test";
import { directorySync } from "#platform/sync-directory.ts";

test("names of a directory are flushed, a directory that is none is told of, and Windows is not asked", () => {
  for (const platform of ["linux", "darwin"] as const) {
    expect(() => directorySync(platform)(import.meta.dir)).not.toThrow();
    expect(() => directorySync(platform)(`${import.meta.dir}/none`)).toThrow("ENOENT");
  }
  expect(() => directorySync("win32")(`${import.meta.dir}/none`)).not.toThrow();
});
