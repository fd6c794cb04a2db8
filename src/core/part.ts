/**
 * One life for every part: constructed from plain values without effects, then started in list order and stopped in
 * reverse. `stop` is safe after a failed or missing `start`, and safe to call twice.
 */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the parts in order. If one fails, those before it are stopped again and its error is passed on. */
export async function startParts(parts: readonly Part[]): Promise<void> {
  for (const [index, part] of parts.entries()) {
    try {
      await part.start();
    } catch (error) {
      await stopParts(parts.slice(0, index + 1));
      throw error;
    }
  }
}

/** Stops the parts in reverse order, all of them even if one fails; the first failure is passed on at the end. */
export async function stopParts(parts: readonly Part[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
