import type { Replay } from "./replay.ts";
import { secondUs } from "./world.ts";

/** Ends everything that runs, again and again, until nothing is left or the longest wait that a queue allows has passed. */
export function drain(replay: Replay): void {
  for (let round = 0; round < 40; round += 1) {
    for (const entry of [...replay.books.running.values()]) replay.complete(entry, undefined);
    if (replay.books.waiting.count === 0 && replay.books.running.size === 0) return;
    replay.advance(round < 30 ? secondUs : 40_000 * secondUs);
  }
}
