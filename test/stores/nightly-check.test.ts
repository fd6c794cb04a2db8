import { expect, test } from "bun:test";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { NightlyCheck } from "#core/evidence/nightly-check.ts";
import { eventually } from "../harness/eventually.ts";
import { emptyBooks } from "./books-of.ts";

const hourMs = 3_600_000;

async function scene() {
  const books = await emptyBooks();
  await books.add(50);
  const meter = new RecordingMeter();
  const clock = new VirtualClock(Date.UTC(2026, 0, 2, 22));
  const check = new NightlyCheck({ ...books.parts, clock, log: books.log, meter });
  await check.start();
  const lines = (event: string) => books.log.lines.filter((line) => line.event === event);
  return { ...books, clock, meter, check, lines };
}

test("the whole books are verified at three in the morning, once a night", async () => {
  const { clock, check, lines, meter, stores } = await scene();
  clock.advance(5 * hourMs - 1);
  expect(lines("ledger_verified")).toEqual([]);
  for (const night of [1, 2, 3]) {
    clock.advance(night === 1 ? 1 : 24 * hourMs);
    await eventually("the check of the night", () => lines("ledger_verified").length === night && clock.pending === 1);
  }
  const [line] = lines("ledger_verified");
  expect(line).toMatchObject({ level: "info", fields: { chains: 3, elapsed_ms: 0 } });
  expect(Number(line?.fields["rows"])).toBeGreaterThan(90);
  expect(meter.value("tokligence_ledger_broken_chains")).toBe(0);
  expect(meter.value("tokligence_ledger_verified_timestamp_seconds")).toBe(clock.now() / 1_000);
  await check.stop();
  expect(clock.pending).toBe(0);
  stores.close();
});

test("a row that does not hold is told as an error, with its chain", async () => {
  const { database, check, lines, meter, stores } = await scene();
  database.run("DROP TRIGGER usage_event_never_updated");
  database.run("UPDATE usage_event SET output_tokens = 99 WHERE seq = 33");
  await check.check();
  expect(lines("ledger_broken")).toMatchObject([
    { level: "error", fields: { stream: "usage", seq: 33, reason: "altered" } },
  ]);
  expect(lines("ledger_verified")).toEqual([]);
  expect(meter.value("tokligence_ledger_broken_chains")).toBe(1);
  await check.stop();
  stores.close();
});
