import { expect, test } from "bun:test";
import { ladderScene } from "#core/degradation/ladder-scene.test-data.ts";
import { MemoryGuard } from "#core/degradation/memory-guard.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";

function guarded(limitBytes?: number) {
  const clock = new VirtualClock();
  const meter = new RecordingMeter();
  const held = { bytes: 0, collected: 0, garbage: 0, pauseMs: 0 };
  const collect = () => {
    held.collected += 1;
    held.bytes -= held.garbage;
    held.garbage = 0;
    if (held.pauseMs > 0) clock.advance(held.pauseMs);
  };
  const guard = new MemoryGuard({ clock, meter, limitBytes, residentBytes: () => held.bytes, collect });
  return { clock, meter, held, guard };
}

test("F73 what is held is looked at each second, shown, and given back every three seconds from 85 % on", async () => {
  const { clock, meter, held, guard } = guarded(1_000_000);
  await guard.start();
  held.bytes = 849_000;
  clock.advance(1000);
  expect([guard.permille, held.collected]).toEqual([849, 0]);
  held.bytes = 850_000;
  clock.advance(1000);
  expect([guard.permille, held.collected, meter.value("tokligence_memory_used_ratio")]).toEqual([850, 1, 0.85]);
  clock.advance(9_000);
  expect(held.collected).toBe(4);
  expect(guard.view()).toEqual({ residentBytes: 850_000, limitBytes: 1_000_000 });
  await guard.stop();
  expect(clock.pending).toBe(0);
});

test("F73 what can be given back counts for nobody, and looking for it takes a fiftieth of the time at most", async () => {
  const { clock, meter, held, guard } = guarded(1_000_000);
  await guard.start();
  [held.bytes, held.garbage] = [990_000, 600_000];
  clock.advance(1000);
  expect([guard.permille, held.collected, meter.value("tokligence_memory_used_ratio")]).toEqual([390, 1, 0.39]);
  [held.bytes, held.pauseMs] = [990_000, 500];
  clock.advance(10 * 60_000);
  // Ten minutes are 24 times 25 seconds, and the first of them had one already.
  expect(held.collected).toBeGreaterThan(20);
  expect(held.collected).toBeLessThan(26);
  await guard.stop();
});

test("without a limit there is no pressure, no timer and no collection", async () => {
  const { clock, meter, held, guard } = guarded();
  held.bytes = 1e12;
  await guard.start();
  expect([guard.permille, clock.pending, held.collected]).toEqual([0, 0, 0]);
  expect([guard.view().limitBytes, meter.value("tokligence_memory_limit_bytes")]).toEqual([undefined, 0]);
});

test("F73 the ladder sheds by it, says how much is held, and takes work again when there is room", () => {
  const scene = ladderScene();
  scene.press(0, 1, 0, 870);
  expect(scene.ladder.look()).toEqual(["shed_worst"]);
  expect(scene.log.lines[0]?.fields).toMatchObject({ step: "shed_worst", memory_percent: 87 });
  scene.press(0, 2, 0, 960);
  expect(scene.ladder.isShut).toBe(true);
  scene.press(0, 3 * 60 + 1, 0, 500);
  expect([scene.ladder.look(), scene.ladder.isShut]).toEqual([[], false]);
});
