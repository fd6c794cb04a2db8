import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Where `make test-clients` installs the programs. */
export const programDirectory: string = resolve(".cache/client-programs");

/** A picture of one red dot, PNG, in base64. */
export const pictureBase64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A home and a working directory of its own, with a picture in it; `using` removes both. */
export interface Place extends Disposable {
  readonly home: string;
  readonly work: string;
  /** Path of the picture. */
  readonly picture: string;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It had to be killed. */
  readonly late: boolean;
}

/** Makes a place where a program finds nothing of anybody. */
export function newPlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "tokligence-client-"));
  const place = { home: join(root, "home"), work: join(root, "work"), picture: join(root, "work/picture.png") };
  for (const directory of [place.home, place.work]) mkdirSync(directory);
  writeFileSync(place.picture, Buffer.from(pictureBase64, "base64"));
  return { ...place, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** Runs a program to its end; after `deadlineMs` it and everything that it started are killed. */
export async function runProgram(
  command: readonly string[],
  place: Place,
  environment: Readonly<Record<string, string>>,
  deadlineMs = 60_000,
): Promise<ProgramEnd> {
  const child = Bun.spawn([...command], {
    cwd: place.work,
    env: { PATH: process.env.PATH ?? "", HOME: place.home, TERM: "dumb", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it started ends with it.
    detached: true,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, deadlineMs);
  const streams = Promise.all([child.stdout.text(), child.stderr.text()]);
  const exitCode = await child.exited;
  clearTimeout(timer);
  killGroup(child.pid);
  const [stdout, stderr] = await streams;
  return { exitCode, stdout, stderr, late };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Everything had ended.
  }
}
