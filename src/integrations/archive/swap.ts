import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { GatewayError } from "#core/errors.ts";

const planName = "restore.plan";

const planSchema = z.strictObject({
  /** Directory beside each file that is replaced, where the old one goes. */
  aside: z.string().min(1),
  /** Where the new files wait; gone at the end. Paths are relative to the data directory. */
  staging: z.string().min(1),
  /** A file without `from` only goes aside, unless another step places one there: that one moves it itself. */
  steps: z.array(z.strictObject({ from: z.string().optional(), to: z.string() })),
});

/** Files that take the places of others, all of them. */
export type SwapPlan = z.infer<typeof planSchema>;

/** Told before each change of the disk, for tests that end the process there. */
export type OnStep = (name: string) => void;

/** A plan of absolute paths as it is kept: whoever moves the data directory moves it too. */
export function swapPlan(
  dataDir: string,
  aside: string,
  staging: string,
  steps: readonly { readonly from?: string; readonly to: string }[],
): SwapPlan {
  const from = (path: string | undefined) => (path === undefined ? {} : { from: relative(dataDir, path) });
  return {
    aside,
    staging: relative(dataDir, staging),
    steps: steps.map((step) => ({ ...from(step.from), to: relative(dataDir, step.to) })),
  };
}

/**
 * Decides a swap: once the plan is in place it will be carried out, by this process or by the next that opens the
 * directory; before, nothing of it has happened.
 */
export function commitSwap(dataDir: string, plan: SwapPlan, syncNames: DirectorySync, onStep: OnStep = ignore): void {
  const path = join(dataDir, planName);
  onStep("plan");
  const file = openSync(`${path}.part`, "w", 0o600);
  try {
    writeSync(file, JSON.stringify(plan));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  onStep("commit");
  renameSync(`${path}.part`, path);
  syncNames(dataDir);
}

/** Whether a swap was decided that is not carried out yet: it needs its staged files. */
export function swapStands(dataDir: string): boolean {
  return existsSync(join(dataDir, planName));
}

/** Carries out a swap that was decided, from wherever it was left; whether there was one. Only the holder of the directory's lock may call. */
export function finishSwap(dataDir: string, syncNames: DirectorySync, onStep: OnStep = ignore): boolean {
  if (!swapStands(dataDir)) return false;
  const path = join(dataDir, planName);
  const plan = readPlan(path);
  const placed = new Set(plan.steps.flatMap((step) => (step.from === undefined ? [] : [step.to])));
  for (const { from, to } of plan.steps) {
    // Carried out again, it would take away what was placed there before.
    if (from === undefined && placed.has(to)) continue;
    replace(from === undefined ? undefined : resolve(dataDir, from), resolve(dataDir, to), plan.aside, onStep);
    syncNames(dirname(resolve(dataDir, to)));
  }
  onStep("tidy");
  rmSync(resolve(dataDir, plan.staging), { recursive: true, force: true });
  onStep("done");
  rmSync(path);
  syncNames(dataDir);
  return true;
}

function replace(from: string | undefined, to: string, aside: string, onStep: OnStep): void {
  // Done before the process that began ended.
  if (from !== undefined && !existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  if (existsSync(to)) {
    const kept = join(dirname(to), aside);
    mkdirSync(kept, { recursive: true, mode: 0o700 });
    onStep(`aside ${basename(to)}`);
    renameSync(to, join(kept, basename(to)));
  }
  if (from === undefined) return;
  onStep(`place ${basename(to)}`);
  renameSync(from, to);
}

function readPlan(path: string): SwapPlan {
  const plan = planSchema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  if (plan !== undefined) return plan;
  throw new GatewayError("storage_corrupt", `${path} is damaged: the restore that it belongs to cannot be completed.`);
}

const ignore = (): void => {};
