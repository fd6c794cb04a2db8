import { expect, test } from "bun:test";
import { homeDirectory } from "#settings/home-directory.ts";

test("a user that no list of users knows has / for a home", () => {
  const unknown = (): string => {
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  };
  expect([homeDirectory(unknown), homeDirectory(() => "/home/ada")]).toEqual(["/", "/home/ada"]);
});
