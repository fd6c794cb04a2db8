import { rmSync } from "node:fs";
import { z } from "zod";

const leftoverSchema = z.object({ pid: z.int().min(2), directory: z.string() });

/** A process and its directory, to be ended and removed by somebody else when the process that began them could not. */
export type Leftover = z.infer<typeof leftoverSchema>;

/** Hears of leftovers, a line of JSON each, and clears them up when the lines end. */
export async function clearUpAfter(lines: AsyncIterable<string>): Promise<void> {
  const left: Leftover[] = [];
  for await (const line of lines) {
    if (line !== "") left.push(leftoverSchema.parse(JSON.parse(line)));
  }
  for (const { pid, directory } of left) {
    kill(pid);
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
