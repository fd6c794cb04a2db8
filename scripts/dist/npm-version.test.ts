import { expect, test } from "bun:test";
import { npmVersion } from "./npm-version.ts";

test("a release keeps its version, and so does one before it", () => {
  expect(["1.2.3", "1.2.3-rc.1"].map(npmVersion)).toEqual(["1.2.3", "1.2.3-rc.1"]);
});

test("what is no release says from which commit it is, in front of what it becomes", () => {
  expect(npmVersion("0.1.0+d453cbe")).toBe("0.1.0-dev.gd453cbe");
  // A number with a zero in front would be no version.
  expect(npmVersion("0.1.0+0123456")).toBe("0.1.0-dev.g0123456");
  expect(npmVersion("0.1.0+d453cbe-dirty")).toBe("0.1.0-dev.gd453cbe-dirty");
  expect(npmVersion("1.2.3-4-gabcdef")).toBe("1.2.4-dev.4.gabcdef");
  expect(npmVersion("1.2.3-4-gabcdef-dirty")).toBe("1.2.4-dev.4.gabcdef.dirty");
  expect(npmVersion("1.2.3-dirty")).toBe("1.2.4-dev.dirty");
  expect(npmVersion("1.2.3-rc.1-4-gabcdef")).toBe("1.2.3-rc.1.dev.4.gabcdef");
});

test("versions sort as the commits follow each other", () => {
  const inOrder = [
    "1.2.3-rc.1",
    "1.2.3-rc.1-4-gabcdef",
    "1.2.3-rc.2",
    "1.2.3",
    "1.2.3-4-gabcdef",
    "1.2.4-rc.1",
    "1.2.4",
  ];
  const sorted = inOrder.map(npmVersion).toSorted(Bun.semver.order);
  expect(sorted).toEqual(inOrder.map(npmVersion));
});

test("what npm would refuse is refused", () => {
  expect(() => npmVersion("main")).toThrow("npm takes no version main.");
  expect(() => npmVersion("1.2")).toThrow("npm takes no version 1.2.");
});
