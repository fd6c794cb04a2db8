import { DegradationLadder, type SheddingRules } from "#core/degradation/ladder.ts";
import type { Neighbours } from "#core/degradation/step.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";

/** Three rungs by load, as they are where scheduling is on, and thirty seconds of calm. */
export const sheddingRules: SheddingRules = {
  mode: "enforce",
  rungs: [
    { step: "shed_worst", lagMs: 500, loadPermille: 800, memoryPermille: 850 },
    { step: "shed_waiting", lagMs: 1_000, loadPermille: 900, memoryPermille: 900 },
    { step: "refuse_new", lagMs: 2_000, loadPermille: Number.POSITIVE_INFINITY, memoryPermille: 950 },
  ],
  calmMs: 30_000,
};

/** A ladder that a test presses upon. */
export interface LadderScene {
  readonly clock: VirtualClock;
  readonly log: RecordingLog;
  readonly meter: RecordingMeter;
  readonly ladder: DegradationLadder;
  /** How its stores are; to be changed. */
  stores: Neighbours;
  /** So many samples, two a second, of this load and memory (thousandths) and lateness. */
  press(loadPermille: number, samples: number, lagMs?: number, memoryPermille?: number): void;
}

/** A ladder under a virtual clock, its stores well. */
export function ladderScene(rules: Partial<SheddingRules> = {}, clock: VirtualClock = new VirtualClock()): LadderScene {
  const [log, meter] = [new RecordingLog(), new RecordingMeter()];
  const scene: LadderScene = {
    clock,
    log,
    meter,
    ladder: new DegradationLadder({
      clock,
      log,
      meter,
      rules: { ...sheddingRules, ...rules },
      neighbours: () => scene.stores,
    }),
    stores: { keys: "all", rows: "books" },
    press(loadPermille, samples, lagMs = 0, memoryPermille = 0) {
      for (let sample = 0; sample < samples; sample += 1) {
        clock.advance(500);
        scene.ladder.sample({ loadPermille, lagMs, memoryPermille });
      }
    },
  };
  return scene;
}
