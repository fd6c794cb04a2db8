import { clearUpAfter } from "#platform/bench/leftovers.ts";
import { MockUpstream } from "#platform/bench/mock-upstream.ts";
import { obeyLoadOrders } from "#platform/bench/load-worker.ts";
import { ownCommand } from "#platform/own-command.ts";

/** What a process that `bench` starts beside the gateways is for. */
const roles = ["upstream", "load"] as const;
export type BenchRole = (typeof roles)[number];

/** Says to a process of this program, started as `bench`, that it is one of these; nobody types it. */
const roleVariable = "TOKLIGENCE_BENCH_ROLE";

/** The role that this process was started for; undefined when a person has typed `bench`. */
export function benchRole(environment: NodeJS.ProcessEnv = process.env): BenchRole | undefined {
  return roles.find((role) => role === environment[roleVariable]);
}

/**
 * Plays a role until standard input ends, as it does however the process that started it ended. The provider then clears up what
 * it was told of.
 */
export async function playBenchRole(role: BenchRole): Promise<void> {
  // A Ctrl-C reaches it too, and is the business of the process that started it.
  process.on("SIGINT", () => undefined);
  const iterator = console[Symbol.asyncIterator]();
  const lines = { [Symbol.asyncIterator]: () => iterator };
  switch (role) {
    case "upstream":
      process.stdout.write(`${new MockUpstream().port}\n`);
      return clearUpAfter(lines);
    case "load":
      return obeyLoadOrders(lines, (line) => void process.stdout.write(line));
  }
}

/** A process that plays a role. */
export interface BenchHelper extends AsyncDisposable {
  /** Writes a line to it. */
  tell(line: string): void;
  /** Its next line. Rejects when it has ended. */
  hear(): Promise<string>;
}

/** Starts a process of this program for a role; it ends with this one. */
export function startBenchHelper(role: BenchRole): BenchHelper {
  const child = Bun.spawn([...ownCommand(), "bench"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, [roleVariable]: role },
  });
  const lines = linesOf(child.stdout);
  return {
    tell(line) {
      child.stdin.write(`${line}\n`);
      child.stdin.flush();
    },
    async hear() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The ${role} process of the bench has ended.`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function* linesOf(output: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of output) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
