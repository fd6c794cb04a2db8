import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { printText } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";

const pieceBytes = 1_048_576;

/**
 * Lets `produce` write text to standard output (`-`) or to a file, mode 0600, which appears when it is whole. Rejects
 * with `storage_failed` naming the file.
 */
export async function writeText(
  path: string,
  produce: (write: (text: string) => void) => Promise<void>,
): Promise<void> {
  if (path === "-") return produce(printText);
  const draft = `${path}.${process.pid}.new`;
  const descriptor = inFile(path, () => openSync(draft, "wx", 0o600));
  try {
    await produce((text) => inFile(path, () => writeAll(descriptor, text)));
    inFile(path, () => {
      fsyncSync(descriptor);
      renameSync(draft, path);
    });
  } finally {
    closeSync(descriptor);
    rmSync(draft, { force: true });
  }
}

/** The text of a file. Throws `usage` naming it when it cannot be read. */
export function readText(path: string): string {
  return inReadFile(path, () => readFileSync(path, "utf8"));
}

/** The lines of a file of whatever length, read a piece at a time. Throws `usage` naming it when it cannot be read. */
export function* textLines(path: string): Generator<string, void, undefined> {
  const descriptor = inReadFile(path, () => openSync(path, "r"));
  try {
    const [bytes, decoder] = [new Uint8Array(pieceBytes), new TextDecoder()];
    let rest = "";
    for (;;) {
      const length = inReadFile(path, () => readSync(descriptor, bytes));
      if (length === 0) break;
      const lines = (rest + decoder.decode(bytes.subarray(0, length), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}

function inReadFile<Result>(path: string, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new GatewayError("usage", `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function inFile<Result>(path: string, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new GatewayError("storage_failed", `cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "unknown reason";
}
