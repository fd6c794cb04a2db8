import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toGatewayError } from "#core/errors.ts";
import type { AskStore, StoreCall } from "#core/store-call.ts";
import { isSocketPath } from "#platform/control-path.ts";
import { openPrivateSocket } from "#platform/private-socket.ts";
import { decodeStoreValue, encodeStoreValue } from "#platform/store-text.ts";

/** A predecessor's batch of rows is far below it; an archive that is brought in may not be. */
const bodyLimitBytes = 256 * 1024 * 1024;

/** What the process that has the stores may ask of the other: to do no new work and end, or to end at once. */
export type LineWord = "drain" | "stop";

/** The end of the line at which the stores are. */
export interface StoreLine {
  /** Path of its socket, which its owner alone may open. */
  readonly path: string;
  /** Says a word to the other end, which hears the newest. */
  tell(word: LineWord): void;
  close(): Promise<void>;
}

/**
 * Opens a private Unix socket in the data directory, or where its path is too long in a fresh directory, at which another process of
 * this user asks stores. `ready` resolves when the gateway behind it serves; until then whoever asks waits.
 */
export function openStoreLine(dataDir: string, ready: Promise<AskStore>): StoreLine {
  // A name of its own: whoever is refused a takeover must not take the socket of one that is under way.
  const beside = join(dataDir, `stores.${process.pid}.sock`);
  const isBeside = isSocketPath(beside);
  const path = isBeside ? beside : join(mkdtempSync(join(tmpdir(), "tokligence-")), "stores.sock");
  const mouth = new Mouth();
  const socket = openPrivateSocket(path, bodyLimitBytes, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/call") return answer(ready, await request.text());
    if (pathname === "/word") return new Response(await mouth.after(searchParams.get("heard")));
    await ready;
    return new Response();
  });
  return {
    path,
    tell: (word) => mouth.say(word),
    async close() {
      await socket.stop(true);
      if (!isBeside) rmSync(dirname(path), { recursive: true, force: true });
    },
  };
}

/** Holds a word until whoever has not heard it asks. */
class Mouth {
  #word: LineWord | undefined;
  #said = Promise.withResolvers<void>();

  say(word: LineWord): void {
    this.#word = word;
    this.#said.resolve();
    this.#said = Promise.withResolvers();
  }

  /** The word, as soon as it is another than this one. */
  async after(heard: string | null): Promise<string> {
    while (this.#word === undefined || this.#word === heard) await this.#said.promise;
    return this.#word;
  }
}

async function answer(ready: Promise<AskStore>, text: string): Promise<Response> {
  try {
    const ask = await ready;
    return new Response(encodeStoreValue(await ask(storeCall(decodeStoreValue(text)))));
  } catch (thrown) {
    const { code, message, details } = toGatewayError(thrown);
    return new Response(encodeStoreValue({ code, message, details }), { status: 500 });
  }
}

/** Throws `TypeError` where the other end sent none. */
function storeCall(value: unknown): StoreCall {
  if (typeof value === "object" && value !== null && "thread" in value && "method" in value && "args" in value) {
    const { thread, method, args } = value;
    const isThread = thread === "writer" || thread === "reader";
    if (isThread && typeof method === "string" && Array.isArray(args)) return { thread, method, args };
  }
  throw new TypeError("This is no call of a store.");
}
