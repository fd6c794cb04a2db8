import { expect, test } from "bun:test";
import { pythonVersion } from "./python-version.ts";

test.each([
  ["1.2.3", "1.2.3"],
  ["1.2.3-rc.1", "1.2.3rc1"],
  ["1.2.3-beta.02", "1.2.3b2"],
  ["1.2.3-alpha.4", "1.2.3a4"],
  ["0.1.0+d453cbe", "0.1.0+d453cbe"],
  ["0.1.0+d453cbe-dirty", "0.1.0+d453cbe.dirty"],
  ["1.2.3-dirty", "1.2.3+dirty"],
  ["1.2.3-4-gabcdef", "1.2.3.post4+gabcdef"],
  ["1.2.3-rc.1-4-gabcdef-dirty", "1.2.3rc1.post4+gabcdef.dirty"],
  ["0.1.0+0012345", "0.1.0+12345"],
])("%s is %s to Python", (version, expected) => {
  expect(pythonVersion(version)).toBe(expected);
});

test.each(["1.2", "1.2.3-nightly", "1.2.3-rc", "", "1.2.3+a_b"])(
  "%p is refused: Python has no such version",
  (version) => {
    expect(() => pythonVersion(version)).toThrow(`Python has no version like ${version}`);
  },
);
