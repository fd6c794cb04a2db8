import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FakeUpstream } from "../../harness/fake-upstream.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { type InjectedFault, watched } from "../../harness/system-calls.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";
import { makeCall } from "./acknowledged-calls.ts";
import { configurationFor } from "./paid-provider.ts";
import { furnishStory, newKey, type Seen, storyFaults, tellStory } from "./story.ts";

/** Files whose calls are damaged: the database with all that SQLite keeps beside it, and the spool. */
const dataFiles = ["gateway.db", "gateway.db-wal", "gateway.db-journal", "gateway.db-shm", "spool.jsonl"];
/** System calls by which these files are found, and by which something reaches them or ceases to be there. */
const damagedCalls = ["openat", "pwrite64", "write", "fsync", "fdatasync", "ftruncate", "unlink"] as const;

/** How a story ended in which one system call, or each from there on, went wrong. */
export interface DamagedRun {
  /** False when the story came to its end with fewer such calls. */
  readonly wasHit: boolean;
  /** Of the gateway that the fault happened to; 128 + number for a signal. */
  readonly exitCode: number;
  /** Whether it was ready to serve before it ended. */
  readonly hasServed: boolean;
  readonly seen: Seen;
  /** What the gateway wrote on standard error. */
  readonly said: string;
  /** The calls that were watched, a line each. */
  readonly calls: readonly string[];
  /** What did not hold afterwards, in words. */
  readonly faults: readonly string[];
}

/** A program on a data directory of its own choosing. */
export function gatewayOn(directory: string, provider: FakeUpstream, program = testedProgram): GatewayProcess {
  return new GatewayProcess({
    program,
    environment: { TOKLIGENCE_DATABASE_PATH: join(directory, "gateway.db") },
    configuration: configurationFor(provider),
  });
}

/** A data directory with what a story needs, of a gateway that has ended in order. */
export async function furnishedDirectory(provider: FakeUpstream): Promise<TemporaryDirectory> {
  const place = temporaryDirectory();
  await using gateway = gatewayOn(place.path, provider);
  await gateway.serve();
  await furnishStory({ configDir: place.path });
  await gateway.stop();
  strip(place.path);
  return place;
}

/** Takes away what no copy needs, or can have. */
function strip(directory: string): void {
  // 64 MiB that every copy would carry along.
  for (const name of ["spool.reserve", "control.sock"]) rmSync(join(directory, name), { force: true });
}

/** Frames after which a log is folded into the database, and bytes of a frame. */
const foldedFrames = 4_000;
const frameBytes = 4_120;

/**
 * The same of a gateway that was killed when its log was nearly as long as it gets: the next that writes a little folds it into the
 * database.
 */
export async function crammedDirectory(provider: FakeUpstream): Promise<TemporaryDirectory> {
  const place = await furnishedDirectory(provider);
  await using gateway = gatewayOn(place.path, provider);
  await gateway.serve();
  const { key } = await newKey({ configDir: place.path });
  const log = join(place.path, "gateway.db-wal");
  const wanted = { speaks: "chat", inputTokens: 10, outputTokens: 16, isStreamed: false, silenceMs: 0 } as const;
  while (statSync(log).size < (foldedFrames - 60) * frameBytes) {
    if ((await makeCall(gateway, key, wanted)) === "cut") throw new Error("The gateway is gone.");
  }
  await gateway.stop("SIGKILL");
  strip(place.path);
  return place;
}

/**
 * Tells the story on a copy of a data directory, which may be empty, while the fault happens; then starts a sound gateway on what is
 * left and judges it.
 */
export async function damagedRun(furnished: string, provider: FakeUpstream, fault: InjectedFault): Promise<DamagedRun> {
  using place = temporaryDirectory();
  const data = join(place.path, "data");
  cpSync(furnished, data, { recursive: true });
  const log = join(place.path, "calls");
  const files = dataFiles.map((name) => join(data, name));
  const program = watched(testedProgram, { files, calls: damagedCalls, fault, log });
  const seen: Seen = { calls: [], isRevoked: false };
  await using damaged = gatewayOn(data, provider, program);
  const hasServed = await damaged.serve().then(
    () => true,
    () => false,
  );
  if (hasServed) {
    await furnishStory({ configDir: data }).catch(() => undefined);
    await tellStory({ url: damaged.url, configDir: data }, seen);
  }
  // What stays broken is left by the hardest way: what was acknowledged in spite of it lies in the spool.
  const exitCode = await damaged.stop(fault.andAfter === true ? "SIGKILL" : "SIGTERM");
  const calls = readFileSync(log, "utf8").split("\n");
  const wasHit = fault.what === "SIGKILL" ? exitCode === 137 : calls.some((line) => line.includes("(INJECTED)"));
  const faults = await faultsAfter(data, provider, seen);
  return { wasHit, exitCode, hasServed, seen, said: damaged.stderr, calls, faults };
}

async function faultsAfter(data: string, provider: FakeUpstream, seen: Seen): Promise<readonly string[]> {
  await using sound = gatewayOn(data, provider);
  try {
    await sound.serve();
    await furnishStory({ configDir: data });
  } catch (error) {
    return [String(error)];
  }
  return await storyFaults({ url: sound.url, configDir: data }, seen);
}
