import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { LedgerEntry, LedgerRow, ReportedEvent } from "#core/ledger/entry.ts";
import type { LedgerStore, UsageGroup, UsageTotal } from "#core/ledger/ledger-store.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { asked, naiveSummary } from "./naive-summary.ts";

/** Fresh, empty books of one engine. */
export interface OpenReports {
  readonly store: LedgerStore & Pick<EvidenceStore, "scan">;
  close(): Promise<void>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A UTC midnight. */
const midnightMs = 20_000 * dayMs;
const everything = 1_000_000;

/** What every engine promises about reports on usage. */
export function reportSuite(engine: string, open: () => Promise<OpenReports>): void {
  describe(`reports on ${engine}`, () => {
    let opened: OpenReports;
    let store: OpenReports["store"];
    let unique = 0;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const settle = (entries: readonly LedgerEntry[]) => store.settle(entries.map((entry) => ({ entry, postings: [] })));
    const rowsOf = (): Promise<readonly LedgerRow[]> => store.scan("usage", 0, everything);

    test("L4: any summary equals the count over the rows themselves, however they were delivered", async () => {
      let latestMs = midnightMs;
      const run = async (steps: readonly Step[], questions: readonly Question[]): Promise<void> => {
        const entries = steps.map(({ afterMs, again, ...fields }) => {
          latestMs += afterMs;
          return { again, entry: sampleEntry(`req_${unique++}`, { ...fields, atMs: latestMs }) };
        });
        await settle(entries.map(({ entry }) => entry));
        await settle(entries.filter(({ again }) => again).map(({ entry }) => entry));
        const rows = await rowsOf();
        for (const { fromMs, toMs, ...question } of questions) {
          const query = { ...question, ...bounds(fromMs, toMs, latestMs), limit: everything };
          const expected = naiveSummary(rows, query);
          expect(sorted(await store.summary(query))).toEqual(sorted(expected));
        }
      };
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(question, { minLength: 4 }), run);
      await fc.assert(property, { numRuns: 60 });
    });

    test("series by model, key and team are in order of time, the busiest first inside a window", async () => {
      const at = (hours: number, changes: Partial<LedgerEntry>) =>
        sampleEntry(`req_${unique++}`, { atMs: midnightMs + hours * hourMs, ...changes });
      const [one, other] = ["key_1" as KeyId, "key_2" as KeyId];
      const team = "team_1" as TeamId;
      await settle([
        at(1, { model: "small", keyId: one, teamId: team }),
        at(2, { model: "large", keyId: other }),
        at(2, { model: "large", keyId: other, teamId: team }),
        at(26, { model: "small", keyId: other }),
      ]);
      const series = async (...groupBy: UsageGroup[]) =>
        (await store.summary({ groupBy, limit: 100 })).map(({ group, requests }) => [
          ...Object.values(group),
          requests,
        ]);
      expect(await series("day", "model")).toEqual([
        [midnightMs, "large", 2],
        [midnightMs, "small", 1],
        [midnightMs + dayMs, "small", 1],
      ]);
      expect(await series("day", "key")).toEqual([
        [midnightMs, "key_2", 2],
        [midnightMs, "key_1", 1],
        [midnightMs + dayMs, "key_2", 1],
      ]);
      expect(await series("hour", "team")).toEqual([
        [midnightMs + hourMs, "team_1", 1],
        [midnightMs + 2 * hourMs, undefined, 1],
        [midnightMs + 2 * hourMs, "team_1", 1],
        [midnightMs + 26 * hourMs, undefined, 1],
      ]);
    });

    test("a summary holds no more groups than asked for", async () => {
      await settle(["a", "b", "b"].map((model) => sampleEntry(`req_${unique++}`, { model })));
      const [only, ...more] = await store.summary({ groupBy: ["model"], limit: 1 });
      expect([only?.group, only?.requests, more]).toEqual([{ model: "b" }, 2, []]);
    });

    test("F110: sums beyond 64 bits never keep a row out of the books", async () => {
      const costNanos = 2n ** 62n;
      await settle([sampleEntry("req_a", { costNanos: 0n, overheadNanos: costNanos })]);
      await settle(["req_b", "req_c"].map((id) => sampleEntry(id, { costNanos: 0n, overheadNanos: costNanos })));
      const [total] = await store.summary({ groupBy: [], limit: 1 });
      expect([total?.requests, total?.overheadNanos]).toEqual([3, 2n ** 63n - 1n]);
    });

    test("any question for rows is answered by exactly those, newest first, page after page", async () => {
      let latestMs = midnightMs;
      const outcomes = fc.option(fc.constantFrom("finished", "failed", "aborted"), { nil: undefined });
      const run = async (
        steps: readonly Step[],
        { groupBy: _, ...wanted }: Question,
        outcome: Outcome,
      ): Promise<void> => {
        await settle(
          steps.map(({ afterMs, again: __, ...fields }) => {
            latestMs += afterMs;
            return sampleEntry(`req_${unique++}`, { ...fields, atMs: latestMs });
          }),
        );
        const { fromMs, toMs, ...names } = wanted;
        const query = { ...names, ...bounds(fromMs, toMs, latestMs), ...(outcome !== undefined && { outcome }) };
        const rows = (await rowsOf()).filter((row) => asked(row, query) && (outcome ?? row.outcome) === row.outcome);
        const pages: LedgerRow[] = [];
        for (;;) {
          const beforeSeq = pages.at(-1)?.seq;
          const page = await store.logs({ ...query, ...(beforeSeq !== undefined && { beforeSeq }), limit: 7 });
          pages.push(...page);
          if (page.length < 7) break;
        }
        expect(pages).toEqual(rows.toReversed());
      };
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), question, outcomes, run);
      await fc.assert(property, { numRuns: 60 });
    });

    test("what was reported is found by its id as it was booked, and nothing else is", async () => {
      const entry = sampleEntry("report:usr_1:event-1", { protocol: "report", costNanos: 2n ** 60n, tags: "a,b" });
      const again = { ...entry, inputTokens: 7 };
      await settle([sampleEntry("req_1"), entry, again]);
      await settle([again]);
      expect(await store.reported("req_1")).toBeUndefined();
      const [row] = await store.logs({ requestId: entry.requestId, limit: 1 });
      const { prevHash: _, hash: __, ...booked } = row ?? { prevHash: undefined, hash: undefined };
      expect(await store.reported(entry.requestId)).toEqual(booked as ReportedEvent);
      expect([(await rowsOf()).length, booked]).toMatchObject([2, { ...entry, seq: 2 }]);
    });

    test("a request is found by its id, by those only who may see it", async () => {
      await settle([sampleEntry("req_1", { userId: "usr_1" as UserId }), sampleEntry("req_2")]);
      const found = async (userId: string) =>
        (await store.logs({ requestId: "req_1", visibleTo: { userId, teamIds: [] }, limit: 10 })).length;
      expect([await found("usr_1"), await found("usr_2"), await found("")]).toEqual([1, 0, 0]);
    });
  });
}

type Outcome = "finished" | "failed" | "aborted" | undefined;
type Step = Partial<LedgerEntry> & { readonly afterMs: number; readonly again: boolean };
type Question = Omit<Parameters<LedgerStore["summary"]>[0], "limit">;

const few = <Name extends string>(...names: string[]): fc.Arbitrary<Name | undefined> =>
  fc.option(fc.constantFrom(...(names as Name[])), { nil: undefined, freq: 4 });
const count = fc.option(fc.nat(1_000), { nil: undefined });
const money = fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { nil: undefined });

const step: fc.Arbitrary<Step> = fc
  .record({
    // Mostly inside an hour, sometimes over days, often exactly on a border.
    afterMs: fc.oneof(fc.nat(hourMs), fc.nat(3 * dayMs), fc.constantFrom(0, hourMs, dayMs)),
    again: fc.boolean(),
    tenantId: fc.constantFrom("usr_1", "usr_2", "local") as fc.Arbitrary<TenantId>,
    userId: few<UserId>("usr_1", "usr_2"),
    teamId: few<TeamId>("team_1", "team_2"),
    keyId: few<KeyId>("key_1", "key_2", "key_3"),
    model: few("small", "large"),
    requestedModel: fc.constantFrom("small", "fast"),
    provider: few("openai", "azure"),
    direction: fc.constantFrom("consume", "supply"),
    outcome: fc.constantFrom("finished", "failed", "aborted"),
    inputTokens: count,
    cachedTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    costNanos: money,
    overheadNanos: money,
  })
  .map((fields) => ({
    ...fields,
    priceVersion: fields.costNanos === undefined ? undefined : "2026-06-30",
  })) as fc.Arbitrary<Step>;

const question: fc.Arbitrary<Question> = fc
  .record(
    {
      groupBy: fc.subarray(["day", "hour", "provider", "model", "tenant", "team", "user", "key", "direction"]),
      fromMs: fc.nat(),
      toMs: fc.nat(),
      userId: fc.constantFrom("usr_1", "usr_3"),
      teamId: fc.constant("team_1"),
      keyId: fc.constantFrom("key_1", "key_2"),
      model: fc.constantFrom("small", "fast"),
      provider: fc.constantFrom("openai", "nobody"),
      direction: fc.constantFrom("consume", "supply"),
      visibleTo: fc.record({
        userId: fc.constantFrom("usr_1", ""),
        teamIds: fc.subarray(["team_1", "team_2"]),
      }),
    },
    { requiredKeys: ["groupBy"] },
  )
  // Names one at a time, or nearly every question would be about nothing.
  .chain((all) => {
    const { groupBy, fromMs, toMs, ...names } = all;
    const times = { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
    return fc
      .shuffledSubarray(Object.entries(names))
      .map((kept) => ({ groupBy, ...times, ...Object.fromEntries(kept.slice(0, 2)) }));
  }) as fc.Arbitrary<Question>;

/** Bounds near the rows there are, half of them on borders of windows. */
function bounds(from: number | undefined, to: number | undefined, latestMs: number) {
  const within = (number: number): number => {
    const at = midnightMs - dayMs + (number % (latestMs - midnightMs + 2 * dayMs));
    const windowMs = [1, 1, hourMs, dayMs][number % 4] ?? 1;
    return Math.floor(at / windowMs) * windowMs;
  };
  return { ...(from !== undefined && { fromMs: within(from) }), ...(to !== undefined && { toMs: within(to) }) };
}

/** In an order that follows from the groups alone, those of a group without a value too. */
function sorted(totals: readonly UsageTotal[]): readonly UsageTotal[] {
  const key = ({ group }: UsageTotal): string =>
    JSON.stringify(
      Object.entries(group)
        .map(([name, value]) => [name, value ?? null])
        .toSorted(),
    );
  return totals.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
