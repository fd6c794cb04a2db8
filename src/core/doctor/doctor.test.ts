import { expect, test } from "bun:test";
import { type AccountFacts, accountFindings } from "#core/doctor/account-findings.ts";
import { clockFindings } from "#core/doctor/clock-findings.ts";
import { exitCodeOf, failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { type DiskFacts, diskFindings, machineFindings, sizeText } from "#core/doctor/machine-findings.ts";

const mebibyte = 1024 * 1024;
const levels = (findings: readonly Finding[]): string => findings.map(({ level }) => level).join(" ");

test("warnings do not fail, and of several failures the one that serve would meet first gives the exit code", () => {
  const key = failure("providers", "upstream_auth", "the key", "another key");
  const port = failure("ports", "unavailable", "the port", "another port");
  const file = failure("configuration", "config_invalid", "a line", "that line");
  const full = failure("disk", "storage_failed", "full", "room");
  expect(exitCodeOf([sound("clock", "fine"), warning("limits", "odd", "less odd")])).toBe(0);
  expect(exitCodeOf([key])).toBe(69);
  expect(exitCodeOf([key, port, full])).toBe(75);
  expect(exitCodeOf([key, file, full])).toBe(78);
});

const nowMs = Date.UTC(2030, 0, 1);
const off = (...seconds: readonly number[]) =>
  seconds.map((ahead, index) => ({ provider: `p${index}`, clockAheadMs: ahead * 1000 }));

test.each([
  ["nobody says", off(), "ok", "none to compare it with"],
  ["it agrees", off(1, -2), "ok", "agrees"],
  ["it is ahead of most", off(40, 41, 0), "warn", "40 s ahead"],
  ["it is behind most", off(-100, -99, 3), "warn", "99 s behind"],
  ["one alone differs", off(0, 500, 1), "ok", "agrees"],
])("the clock when %s", (_what, checks, level, text) => {
  const findings = clockFindings({ nowMs, pastMs: [], checks });
  expect(levels(findings)).toBe(level);
  expect(findings[0]?.what).toContain(text);
});

test("a clock before what has already happened is wrong, whoever agrees with it", () => {
  const pastMs = [{ what: "this program was built", atMs: nowMs + 1 }];
  expect(levels(clockFindings({ nowMs, pastMs, checks: [] }))).toBe("warn");
  expect(levels(clockFindings({ nowMs: nowMs + 2, pastMs, checks: [] }))).toBe("ok");
});

test("F52 nothing caps calls upstream but what is configured, and descriptors are counted against it", () => {
  const found = (descriptors: number | undefined) =>
    machineFindings({ descriptors, memoryLimitBytes: undefined }, 4096);
  expect(levels(found(20_000))).toBe("ok ok");
  expect(levels(found(undefined))).toBe("ok");
  const short = found(1024);
  expect(levels(short)).toBe("ok warn");
  expect(short[1]).toMatchObject({ fix: "Start it with: ulimit -n 8292 (systemd: LimitNOFILE=8292)" });
});

test("little memory is worth a warning", () => {
  const found = (limit: number) => machineFindings({ descriptors: undefined, memoryLimitBytes: limit }, 1);
  expect(levels(found(512 * mebibyte))).toBe("ok ok");
  expect(levels(found(128 * mebibyte))).toBe("ok warn");
});

const disk: DiskFacts = {
  directory: "/data",
  freeBytes: 10_000 * mebibyte,
  freeFiles: 10_000,
  reserveBytes: 64 * mebibyte,
  spooledBytes: 0,
};

test.each([
  ["there is room", {}, "ok"],
  ["it is nearly full", { freeBytes: 100 * mebibyte }, "warn"],
  ["it is full", { freeBytes: mebibyte - 1 }, "fail"],
  ["no more files fit", { freeFiles: 3 }, "ok warn"],
  ["the reserve is still being filled", { reserveBytes: mebibyte }, "ok"],
  ["there is no room for the reserve", { reserveBytes: mebibyte, freeBytes: 600 * mebibyte }, "ok warn"],
  ["rows wait in the spool", { spooledBytes: 5_000 }, "ok warn"],
] as const)("the disk when %s", (_what, facts, expected) => {
  expect(levels(diskFindings({ ...disk, ...facts }))).toBe(expected);
});

test("sizes are read in the unit that suits them", () => {
  expect([0, 1023, 1536, 64 * mebibyte, 200 * 1024 * mebibyte].map(sizeText)).toEqual([
    "0 B",
    "1023 B",
    "1.5 KiB",
    "64.0 MiB",
    "200 GiB",
  ]);
});

test("keys that do not work though nobody revoked them are named, and budgets that refuse everything", () => {
  const facts: AccountFacts = { usable: 1, expired: [], idle: [], usedUp: [] };
  expect(levels(accountFindings(facts, true))).toBe("ok");
  expect(levels(accountFindings({ ...facts, usable: 0 }, false))).toBe("ok");
  expect(levels(accountFindings({ ...facts, usable: 0 }, true))).toBe("warn");
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const budget = { scope: "team search", id: "bud_1", resets: "day" } as const;
  const found = accountFindings({ ...facts, expired: names, idle: ["x"], usedUp: [budget] }, true);
  expect(levels(found)).toBe("ok warn warn warn");
  expect(found[1]?.what).toBe("Keys whose time is over: a, b, c, d, e and 2 more.");
  expect(found[3]?.what).toContain("until the next UTC day");
});
