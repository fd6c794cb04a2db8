import { expect, test } from "bun:test";
import { doctorText, summary } from "#cli/doctor-text.ts";
import { failure, sound, warning } from "#core/doctor/finding.ts";

const long = "word ".repeat(40).trim();

test("findings are grouped in the order in which serve meets them, in plain letters and 80 columns", () => {
  const text = doctorText([
    warning("clock", long, long),
    failure("ports", "unavailable", "Port 1 is held.", "Choose another."),
    sound("configuration", "It loads."),
  ]);
  expect(text.split("\n").slice(0, 6)).toEqual([
    "configuration",
    "  ok    It loads.",
    "ports",
    "  FAIL  Port 1 is held.",
    "        -> Choose another.",
    "clock",
  ]);
  expect(text).toEndWith("\n\nserve would not start: 1 failure, 1 warning.");
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("the last line tells a gateway that would not start from one that lacks a provider", () => {
  const refused = failure("providers", "upstream_auth", "It refuses the key.", "Set another.");
  expect(summary([refused])).toBe("serve would start, but not every route work: 1 failure, 0 warnings.");
  expect(summary([sound("disk", "Room.")])).toBe("serve would start and work: 0 warnings.");
});

test("a path stays whole, so that it can be copied", () => {
  const path = `/${"very-long-name/".repeat(8)}gateway.db`;
  const lines = doctorText([sound("data", `It lies at ${path} today.`)]).split("\n");
  expect(lines.some((line) => line.trim() === path)).toBe(true);
});
