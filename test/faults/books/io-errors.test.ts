/** L8: one system call fails, or each from there on; `make test` tries some of them, `make test-long` all. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { FakeUpstream } from "../../harness/fake-upstream.ts";
import type { InjectedFault } from "../../harness/system-calls.ts";
import { fuzzRun } from "../../property/fuzz-share.ts";
import type { TemporaryDirectory } from "../../stores/temporary-directory.ts";
import { crammedDirectory, type DamagedRun, damagedRun, furnishedDirectory } from "./damaged-run.ts";
import { inFull } from "./extent.ts";
import { paidProvider } from "./paid-provider.ts";
import { isWhole } from "./story.ts";

let provider: FakeUpstream;
let furnished: TemporaryDirectory;
beforeAll(async () => {
  provider = paidProvider();
  furnished = await furnishedDirectory(provider);
}, 60_000);
afterAll(() => {
  furnished[Symbol.dispose]();
  provider.stop();
});

const timeoutMs = inFull ? 3_600_000 : 120_000;

/** Runs the story with the n-th call failing for every n, or in the short form for one of the first `few`; how many were hit. */
async function eachOf(
  fault: Omit<InjectedFault, "nth">,
  few: number,
  judge: (run: DamagedRun) => void,
): Promise<number> {
  const step = inFull ? 1 : few;
  const { seed } = fuzzRun(`${fault.what} at ${fault.call}`, step);
  const first = 1 + (Math.abs(seed) % step);
  let hits = 0;
  for (let nth = first; inFull || nth === first; nth += step) {
    const run = await damagedRun(furnished.path, provider, { ...fault, nth });
    expect([fault, nth, run.faults]).toEqual([fault, nth, []]);
    if (!run.wasHit) break;
    judge(run);
    hits += 1;
  }
  return hits;
}

/** Before it serves, a gateway says that the disk fails (75) or that the place is unusable (78). */
function expectRefusedStart({ exitCode, said }: DamagedRun): void {
  expect([75, 78]).toContain(exitCode);
  expect(said).toContain("gateway.db");
}

describe("L8: nothing acknowledged is lost, nothing is there by half", () => {
  test.each([
    ["fsync", "EIO", 12],
    ["pwrite64", "EIO", 150],
    ["pwrite64", "EROFS", 150],
  ] as const)(
    "and the process ends with 75 when %s answers %s: nothing more can be acknowledged",
    async (call, what, few) => {
      const hits = await eachOf({ call, what }, few, (run) => {
        if (!run.hasServed) return expectRefusedStart(run);
        // Whoever saw the whole story was served before the fault, which met the end of the gateway.
        expect([run.exitCode, isWhole(run.seen)]).toBeOneOf([
          [75, false],
          [75, true],
          [0, true],
        ]);
      });
      expect(hits).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    "and a disk that was full for one call costs no more than a second try",
    async () => {
      const hits = await eachOf({ call: "pwrite64", what: "ENOSPC" }, 150, (run) => {
        if (!run.hasServed) return expectRefusedStart(run);
        expect([run.exitCode, isWhole(run.seen)]).toEqual([0, true]);
      });
      expect(hits).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    "and a disk that stays full does not end the gateway; what it acknowledges then survives a kill -9",
    async () => {
      const hits = await eachOf({ call: "pwrite64", what: "ENOSPC", andAfter: true }, 150, (run) => {
        if (!run.hasServed) return expectRefusedStart(run);
        expect(run.exitCode).toBe(137);
      });
      expect(hits).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    "and files that cannot be opened end the start, by name",
    async () => {
      const hits = await eachOf({ call: "openat", what: "EIO" }, 3, (run) => {
        if (!run.hasServed) return expectRefusedStart(run);
        expect([0, 75]).toContain(run.exitCode);
      });
      expect(hits).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    "and pages whose sync failed while the log was folded are written again before the next sync is believed",
    async () => {
      using crammed = await crammedDirectory(provider);
      const never: InjectedFault = { call: "fsync", nth: 65_000, what: "EIO" };
      const sound = await damagedRun(crammed.path, provider, never);
      const nth =
        sound.calls.filter((line) => / fsync\(/.test(line)).findIndex((line) => line.includes("gateway.db>")) + 1;
      const { calls, exitCode, seen, faults } = await damagedRun(crammed.path, provider, { ...never, nth });
      expect([faults, exitCode, isWhole(seen)]).toEqual([[], 0, true]);
      const failed = calls.findIndex((line) => line.includes("gateway.db>") && line.includes("(INJECTED)"));
      expect(failed).toBeGreaterThan(0);
      const next = calls.findIndex((line, index) => index > failed && /fsync\(.*gateway\.db>/.test(line));
      const before = pagesIn(calls.slice(0, failed));
      const again = pagesIn(calls.slice(failed, next));
      expect(before.size).toBeGreaterThan(10);
      expect([...before].filter((page) => !again.has(page))).toEqual([]);
    },
    timeoutMs,
  );
});

/** Offsets of the database that were written. */
function pagesIn(calls: readonly string[]): Set<string> {
  return new Set(
    calls.flatMap(
      (line) => /pwrite64\(\d+<[^>]*gateway\.db>.*, (\d+)(?:\) += \d+| <unfinished.*)$/.exec(line)?.[1] ?? [],
    ),
  );
}
