import { join, resolve } from "node:path";
import type { ClientMaker, Question, Told, Weather } from "../clients/drivers/client-driver.ts";
import { programDirectory } from "./program.ts";

type Line =
  | { readonly weather: string }
  | { readonly told: Told }
  | { readonly error: { readonly kind: string; readonly message: string; readonly rateLimit: boolean } };

/** What a Python client threw. */
class PythonError extends Error {
  readonly rateLimit: boolean;

  constructor({ kind, message, rateLimit }: { kind: string; message: string; rateLimit: boolean }) {
    super(`${kind}: ${message}`);
    this.rateLimit = rateLimit;
  }
}

/** A Python process that holds the clients of one package; it runs as long as the tests of its file. */
export class PythonClients implements Disposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<Line>;

  constructor(packageName: string) {
    this.#process = Bun.spawn(
      [join(programDirectory, "python/bin/python"), resolve("test/client-programs/python/clients.py"), packageName],
      { stdio: ["pipe", "pipe", "inherit"], env: { PATH: process.env.PATH ?? "", PYTHONDONTWRITEBYTECODE: "1" } },
    );
    this.#lines = linesOf(this.#process.stdout);
  }

  /** One of its clients, as the tests know clients. */
  client(client: string): ClientMaker {
    return (origin, key) => ({
      ask: (question) => this.#question({ client, origin, key, works: false, ...question }),
      work: (question, weather) => this.#question({ client, origin, key, works: true, ...question }, weather),
      isRateLimit: (error) => error instanceof PythonError && error.rateLimit,
    });
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }

  async #question(question: Question & Readonly<Record<string, unknown>>, weather?: Weather): Promise<Told> {
    this.#write(question);
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done === true) throw new Error("The Python process ended.");
      if ("told" in line) return line.told;
      if ("error" in line) throw new PythonError(line.error);
      this.#write({ result: weather?.(line.weather) ?? "" });
    }
  }

  #write(value: object): void {
    void this.#process.stdin.write(`${JSON.stringify(value)}\n`);
    void this.#process.stdin.flush();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
