/** L6: kill -9 at every system call that writes to the data directory; `make test` tries some of them, `make test-long` all. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { FakeUpstream } from "../../harness/fake-upstream.ts";
import { fuzzRun } from "../../property/fuzz-share.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";
import { crammedDirectory, damagedRun, furnishedDirectory } from "./damaged-run.ts";
import { inFull } from "./extent.ts";
import { paidProvider } from "./paid-provider.ts";

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

/** Kills at each call of these kinds, or in the short form at two in a distance of `few`. Answers how many times. */
async function killAtEach(directory: string, kinds: Readonly<Record<string, number>>): Promise<number> {
  const { seed } = fuzzRun("kills at system calls", Object.keys(kinds).length);
  let kills = 0;
  for (const [call, few] of Object.entries(kinds)) {
    const step = inFull ? 1 : few;
    const first = 1 + (Math.abs(seed) % step);
    for (let nth = first; inFull || nth < first + 2 * step; nth += step) {
      const { wasHit, faults } = await damagedRun(directory, provider, { call, nth, what: "SIGKILL" });
      expect([call, nth, faults]).toEqual([call, nth, []]);
      if (!wasHit) break;
      kills += 1;
    }
  }
  process.stdout.write(`${kills} kills at system calls, nothing acknowledged lost\n`);
  return kills;
}

const timeoutMs = inFull ? 3_600_000 : 120_000;

test(
  "L6, F113: killed before any call that writes, the gateway has kept all it acknowledged, nothing by half, a key that was being rotated neither, and goes on",
  async () => {
    const rare = inFull ? { ftruncate: 1, unlink: 1, fdatasync: 1, write: 1 } : {};
    expect(await killAtEach(furnished.path, { pwrite64: 80, fsync: 7, ...rare })).toBeGreaterThan(inFull ? 150 : 2);
  },
  timeoutMs,
);

test(
  "L6: killed before any call that writes while it makes its database, the gateway makes it at its next start",
  async () => {
    using empty = temporaryDirectory();
    expect(await killAtEach(empty.path, { pwrite64: 300 })).toBeGreaterThan(inFull ? 500 : 0);
  },
  timeoutMs,
);

test(
  "L6: killed before any call that folds the log into the database, it has lost nothing of either",
  async () => {
    using crammed = await crammedDirectory(provider);
    expect(await killAtEach(crammed.path, { pwrite64: 120, fsync: 8 })).toBeGreaterThan(inFull ? 200 : 2);
  },
  timeoutMs,
);
