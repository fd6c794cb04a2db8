/** L7: what a loss of power may leave is some of the log; the files of a gateway under load are copied and their log is cut. */
import type { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { appendFileSync, copyFileSync, mkdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { checkBalance } from "#integrations/stores/sqlite/ledger/balance.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { openWriter } from "#integrations/stores/sqlite/database.ts";
import { control, createBudget } from "../../harness/money.ts";
import { fuzzRun } from "../../property/fuzz-share.ts";
import { temporaryDirectory } from "../../stores/temporary-directory.ts";
import { makeCall } from "./acknowledged-calls.ts";
import { heldAndSpent } from "./books-state.ts";
import { furnishedDirectory, gatewayOn } from "./damaged-run.ts";
import { inFull } from "./extent.ts";
import { paidProvider } from "./paid-provider.ts";

const callers = 6;
/** Calls that have ended when the files are copied; others are under way. */
const callsBefore = 60;
/** Of a write-ahead log: its own head, and a page with the head of its frame (sqlite.org/fileformat2.html). */
const headBytes = 32;
const frameBytes = 24 + 4_096;

/** A call, and how long the log was when its caller had seen the end. */
interface Logged {
  readonly requestId: string;
  readonly logBytes: number;
}

/** Loads a gateway and copies its database and log into `directory` in the middle of it. */
async function copyUnderLoad(directory: string): Promise<readonly Logged[]> {
  using provider = paidProvider();
  using furnished = await furnishedDirectory(provider);
  await using gateway = gatewayOn(furnished.path, provider);
  await gateway.serve();
  const data = { configDir: furnished.path };
  const key = (await control(data, "POST", "/keys", { user: "ada@example.com", name: "load" })) as {
    id: string;
    key: string;
  };
  await createBudget(data, { scope: `key:${key.id}`, limit_usd: "1000" });
  const log = join(furnished.path, "gateway.db-wal");
  const logged: Logged[] = [];
  const enough = Promise.withResolvers<void>();
  const call = async (caller: number): Promise<void> => {
    for (let turn = 0; ; turn += 1) {
      const tokens = { inputTokens: 10 + turn, outputTokens: 5 + caller };
      const wanted = { speaks: "chat", ...tokens, isStreamed: turn % 2 === 0, silenceMs: 1 } as const;
      const end = await makeCall(gateway, key.key, wanted);
      if (end === "cut" || "refused" in end) return;
      logged.push({ requestId: end.acknowledged.requestId, logBytes: statSync(log).size });
      if (logged.length === callsBefore) enough.resolve();
    }
  };
  const all = Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  await enough.promise;
  for (const name of ["gateway.db", "gateway.db-wal"]) copyFileSync(join(furnished.path, name), join(directory, name));
  await gateway.stop("SIGKILL");
  await all;
  return logged;
}

/** What the books hold when the log ends after so many bytes, or goes on with noise; throws where they do not hold. */
function requestsIn(source: string, target: string, logBytes: number, noise: Uint8Array): Set<string> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const name of ["gateway.db", "gateway.db-wal"]) copyFileSync(join(source, name), join(target, name));
  const log = join(target, "gateway.db-wal");
  truncateSync(log, logBytes);
  appendFileSync(log, noise);
  using database: Database = openWriter({ path: join(target, "gateway.db") });
  const found = [brokenChain(database), checkBalance(database)];
  const { windows, heldNanos } = heldAndSpent({ configDir: target });
  const budgets = windows.map(({ spentNanos, rowsNanos, reservedNanos }) => [
    spentNanos - rowsNanos,
    reservedNanos - heldNanos,
  ]);
  expect([logBytes, found, budgets.flat().filter((nanos) => nanos !== 0n)]).toEqual([
    logBytes,
    [undefined, undefined],
    [],
  ]);
  const rows = database.query<{ request_id: string }, []>("SELECT request_id FROM usage_event").all();
  return new Set(rows.map((row) => row.request_id));
}

test(
  "L7: a log cut at any frame or byte, or torn, gives books that hold, with all that was acknowledged up to there",
  async () => {
    using source = temporaryDirectory();
    using scratch = temporaryDirectory();
    const logged = await copyUnderLoad(source.path);
    const whole = statSync(join(source.path, "gateway.db-wal")).size;
    const frames = Math.floor((whole - headBytes) / frameBytes);
    const random = new SequenceRandom(fuzzRun("cuts of a log", 100).seed);
    const stride = inFull ? 1 : 8;
    const atFrames = Array.from(
      { length: Math.floor(frames / stride) + 1 },
      (_, index) => headBytes + index * stride * frameBytes,
    );
    const atBytes = Array.from({ length: 100 }, () => Math.floor(random.uniform() * whole));
    const cuts = [...new Set([...atFrames, ...atBytes, whole])].toSorted((a, b) => a - b);
    const counts: number[] = [];
    for (const [index, cut] of cuts.entries()) {
      const noise = random.bytes(index % 3 === 0 ? 1 + Math.floor(random.uniform() * 2 * frameBytes) : 0);
      const requests = requestsIn(source.path, join(scratch.path, "cut"), cut, noise);
      const lost = logged.filter(({ requestId, logBytes }) => logBytes <= cut && !requests.has(requestId));
      expect([cut, lost]).toEqual([cut, []]);
      counts.push(requests.size);
    }
    process.stdout.write(
      `${cuts.length} cuts of a log of ${frames} frames: ${counts.at(0)} to ${counts.at(-1)} calls\n`,
    );
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect([counts.at(0), counts.at(-1) ?? 0]).toEqual([0, expect.any(Number)]);
    expect(counts.at(-1)).toBeGreaterThanOrEqual(callsBefore);
  },
  inFull ? 600_000 : 60_000,
);
