import { closeSync, openSync, readSync } from "node:fs";

const chunkBytes = 1 << 18;
/** Longest believable record. */
const maxLineBytes = 1 << 24;

/** The lines of a text file, read as they are asked for; the last one needs no end. Throws a `RangeError` on a line beyond 16 MiB. */
export function* linesOf(path: string): Generator<string, void, undefined> {
  const file = openSync(path, "r");
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const chunk = new Uint8Array(chunkBytes);
    let rest = "";
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.decode(chunk.subarray(0, read), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > maxLineBytes) throw new RangeError("a line is longer than 16 MiB");
      yield* lines;
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}
