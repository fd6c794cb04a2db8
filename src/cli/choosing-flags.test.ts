import { expect, test } from "bun:test";
import { choosingFlags, withChoosingFlags } from "#cli/choosing-flags.ts";

test("a command that is told to be pasted reads the configuration that was chosen, and says nothing where none was", () => {
  expect(choosingFlags({})).toEqual([]);
  expect(choosingFlags({ root: "r", env: "live", profile: "team" }).join(" ")).toBe(
    "--root r --env live --profile team",
  );
  expect(choosingFlags({ "config-dir": "/a b$&", root: "r" })).toEqual(["--config-dir", "'/a b$&'"]);
});

test("each command in a text has the flags, whatever stands around it", () => {
  const text = "kill 1, or: tokligence stop, then: tokligence serve; see /x/tokligence/gateway.ini";
  expect(withChoosingFlags(text, {})).toBe(text);
  expect(withChoosingFlags(text, { "config-dir": "/a $&" })).toBe(
    "kill 1, or: tokligence --config-dir '/a $&' stop, then: tokligence --config-dir '/a $&' serve; see /x/tokligence/gateway.ini",
  );
});
