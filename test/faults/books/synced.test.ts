/** L7: kill -9 cannot tell a synced write from one in the page cache, so what is acknowledged is watched at the system calls. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testedProgram } from "../../harness/gateway.ts";
import { watched } from "../../harness/system-calls.ts";
import { temporaryDirectory } from "../../stores/temporary-directory.ts";
import { furnishedDirectory, gatewayOn } from "./damaged-run.ts";
import { paidProvider } from "./paid-provider.ts";
import { isWhole, type Seen, tellStory } from "./story.ts";
import { type TracedStep, tracedSteps } from "./traced-steps.ts";

const calls = ["pwrite64", "fsync", "fdatasync", "write", "writev", "sendto", "sendmsg"];

/** How many syncs before this step have brought bytes with such a text to the disk. */
function syncsOf(id: string, steps: readonly TracedStep[], before: number): number {
  let [syncs, isWaiting] = [0, false];
  for (const { kind, text } of steps.slice(0, before)) {
    if (kind === "logged" && text.includes(id)) isWaiting = true;
    if (kind !== "synced" || !isWaiting) continue;
    syncs += 1;
    isWaiting = false;
  }
  return syncs;
}

/** Place of the first bytes sent from here on that hold all these texts. */
function sending(steps: readonly TracedStep[], from: number, ...texts: readonly string[]): number {
  const found = steps.findIndex(
    ({ kind, text }, index) => index >= from && kind === "sent" && texts.every((each) => text.includes(each)),
  );
  if (found < 0) throw new Error(`Nobody was sent ${texts.join(" with ")}.`);
  return found;
}

test("L7: a sync comes before every acknowledgement, and before a provider is asked for what a hard budget pays", async () => {
  using provider = paidProvider();
  using furnished = await furnishedDirectory(provider);
  using place = temporaryDirectory();
  const log = join(place.path, "calls");
  await using gateway = gatewayOn(furnished.path, provider, watched(testedProgram, { calls, log }));
  await gateway.serve();
  const seen: Seen = { calls: [], isRevoked: false };
  await tellStory({ url: gateway.url, configDir: furnished.path }, seen);
  await gateway.stop();
  expect(isWhole(seen)).toBe(true);
  const steps = tracedSteps(readFileSync(log, "utf8"));
  const [first = "", second = "", third = ""] = seen.calls.map(({ requestId }) => requestId);
  const keyId = seen.key?.id ?? "";

  // No budget: its row alone.
  const firstAnswer = sending(steps, 0, "200 OK", first, "total_tokens");
  expect(syncsOf(first, steps, firstAnswer)).toBe(1);
  const freeId = seen.freeKey?.id ?? "";
  const rotated = sending(steps, firstAnswer, "200 OK", freeId, "tok_test_");
  expect(syncsOf(freeId, steps, rotated)).toBeGreaterThan(syncsOf(freeId, steps, firstAnswer));
  const made = sending(steps, rotated, "201 Created", keyId);
  expect(syncsOf(keyId, steps, made)).toBe(1);
  const budgeted = sending(steps, made, "201 Created", seen.budgetId ?? "");
  expect(syncsOf(seen.budgetId ?? "", steps, budgeted)).toBe(1);
  // What it may cost is held before the provider is asked, what it cost is booked before the last event.
  const secondAsked = sending(steps, budgeted, "POST /v1/chat/completions");
  expect(syncsOf(second, steps, secondAsked)).toBe(1);
  const secondDone = sending(steps, secondAsked, "data: [DONE]");
  expect(syncsOf(second, steps, secondDone)).toBe(2);
  const thirdAsked = sending(steps, secondDone, "POST /v1/chat/completions");
  expect(syncsOf(third, steps, thirdAsked)).toBe(1);
  const thirdAnswer = sending(steps, thirdAsked, "200 OK", third, "total_tokens");
  expect(syncsOf(third, steps, thirdAnswer)).toBe(2);
  const revoked = sending(steps, thirdAnswer, "200 OK", keyId, "revoked");
  expect(syncsOf(keyId, steps, revoked)).toBeGreaterThan(syncsOf(keyId, steps, thirdAnswer));
}, 60_000);

test("L7: a file that a first start makes has its name synced too, or power loss could take the file with all that was synced into it", async () => {
  using provider = paidProvider();
  using place = temporaryDirectory();
  const data = join(place.path, "data");
  const log = join(place.path, "calls");
  const program = watched(testedProgram, { calls: ["openat", "link", "linkat", "fsync"], log });
  await using gateway = gatewayOn(data, provider, program);
  await gateway.serve();
  await gateway.stop();
  const lines = readFileSync(log, "utf8").split("\n");
  const lastSync = lines.findLastIndex((line) => line.includes(`fsync(`) && line.includes(`<${data}>`));
  for (const made of ["gateway.db", "gateway.db-wal", "spool.jsonl", "master.secret"]) {
    const first = lines.findIndex((line) => line.includes(`"${join(data, made)}"`) && /O_CREAT|link/.test(line));
    expect([made, first >= 0, first < lastSync]).toEqual([made, true, true]);
  }
}, 60_000);
