import { resolve } from "node:path";

/** How much there is in the books of a gateway. */
export interface BooksSize {
  readonly keys: number;
  /** How many of the keys the rows are spread over. */
  readonly usedKeys: number;
  /** Rows of usage, each with its transfer, over thirty days. */
  readonly rows: number;
  /** How many keys are wanted for calls. */
  readonly callers: number;
}

/** A key that may call models. */
export interface Caller {
  readonly id: string;
  readonly text: string;
}

/** What filled books are used with. */
export interface FilledBooks {
  /** May read usage and revoke keys. */
  readonly adminKey: string;
  readonly callers: readonly Caller[];
}

/** Fills the data directory of a gateway that does not run, in a process of its own. */
export async function fillBooks(directory: string, size: BooksSize): Promise<FilledBooks> {
  const child = Bun.spawn(
    [process.execPath, resolve("test/bench/books-fill.ts"), JSON.stringify({ directory, ...size })],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`Filling the books failed: ${text}`);
  return JSON.parse(text) as FilledBooks;
}
