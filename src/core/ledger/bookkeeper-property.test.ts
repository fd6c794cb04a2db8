import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { silentLog } from "#core/effects/recording-log.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { FakeLedgerStore, FakeSpool, storageFailed, type Verdict } from "#core/ledger/fake-books.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";

describe("property", () => {
  type VerdictName = "ok" | "full" | "busy" | "readonly" | "refused";
  const verdict = fc.constantFrom<VerdictName[]>("ok", "ok", "ok", "full", "busy", "readonly", "refused");
  const spoolVerdict = fc.constantFrom<VerdictName[]>("ok", "ok", "full", "readonly");
  const step = fc.record({ rows: fc.integer({ min: 0, max: 4 }), waitMs: fc.integer({ min: 0, max: 400 }) });

  test("however batches fail, every resolved record is in the books or the spool, and in the end once in the books", async () => {
    const run = async (
      steps: readonly { rows: number; waitMs: number }[],
      verdicts: readonly VerdictName[],
      spoolVerdicts: readonly VerdictName[],
    ) => {
      const store = new FakeLedgerStore();
      const spool = new FakeSpool();
      const clock = new VirtualClock();
      const fatal: GatewayError[] = [];
      const onFatal = (error: GatewayError): void => {
        fatal.push(error);
      };
      const holds = { release: async (): Promise<void> => {} };
      const keeper = new Bookkeeper({ store, holds, spool, clock, log: silentLog, meter: nullMeter, onFatal });
      const judgeBy = (names: readonly VerdictName[]) => {
        const list = [...names];
        return (): Verdict => {
          const name = list.shift() ?? "ok";
          if (name === "ok") return undefined;
          return name === "refused" ? new GatewayError("internal", "Internal error.") : storageFailed(name);
        };
      };
      store.judge = judgeBy(verdicts);
      spool.judge = judgeBy(spoolVerdicts);
      const resolved: string[] = [];
      let outcomes = 0;
      for (const [index, { rows, waitMs }] of steps.entries()) {
        for (let row = 0; row < rows; row += 1) {
          const id = `${index}-${row}`;
          void keeper
            .record(sampleSettlement(id))
            .then(() => resolved.push(id))
            .catch(() => {})
            .finally(() => {
              outcomes += 1;
            });
        }
        await clock.run(waitMs);
        const kept = new Set([...store.ids, ...spool.ids]);
        expect(resolved.filter((id) => !kept.has(id))).toEqual([]);
      }
      store.judge = () => undefined;
      spool.judge = () => undefined;
      await clock.run(30_000);
      expect(fatal).toEqual([]);
      expect(outcomes).toBe(steps.reduce((sum, { rows }) => sum + rows, 0));
      expect([keeper.healthy(), keeper.rowsGo()]).toEqual([true, "books"]);
      expect(spool.ids).toEqual([]);
      expect(new Set(store.ids).size).toBe(store.ids.length);
      expect(resolved.filter((id) => !store.ids.includes(id))).toEqual([]);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(verdict, { maxLength: 20 }),
        fc.array(spoolVerdict, { maxLength: 6 }),
        run,
      ),
    );
  });
});
