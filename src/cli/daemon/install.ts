import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { environmentText, type ServicePlan } from "#cli/daemon/plan.ts";
import { GatewayError } from "#core/errors.ts";
import { systemCode } from "#platform/system-code.ts";
import { isOurUnit } from "#platform/unit-file.ts";

/** Runs a command with what it says going to the terminal; its exit code. */
export type RunCommand = (words: readonly string[]) => Promise<number>;

/** Writes the files and has the service started where that can be. Resolves with lines that tell what was done and what is left. */
export async function installService(plan: ServicePlan, run: RunCommand): Promise<readonly string[]> {
  const { canRun, directoryMode, environmentPath, remarks, start, unit, unitPath } = plan;
  refuseForeign(unitPath);
  const packaged = packagedUnit(plan);
  if (packaged !== undefined)
    throw new GatewayError(
      "conflict",
      `A package has brought ${packaged}; to have it started: ${start.at(-1)?.join(" ")}`,
    );
  makeDirectory(dirname(unitPath), 0o755);
  write(unitPath, unit, 0o644);
  const written = [`Wrote ${unitPath}`];
  if (environmentPath !== undefined && !existsSync(environmentPath)) {
    makeDirectory(dirname(environmentPath), directoryMode);
    write(environmentPath, environmentText, 0o600);
    written.push(`Wrote ${environmentPath}, for keys of providers`);
  }
  if (!canRun)
    return [...written, "Nothing runs services here now. Where something does, type:", ...typed(start), ...remarks];
  await runAll(start, run);
  return [...written, "It runs, and will after the next start.", ...remarks];
}

/** Stops the service and removes what `install` wrote, and nothing that somebody else did. Resolves with lines that tell it. */
export async function uninstallService(plan: ServicePlan, run: RunCommand): Promise<readonly string[]> {
  const { afterwards, ask, canRun, environmentPath, stop, unitPath } = plan;
  if (!existsSync(unitPath)) {
    const packaged = packagedUnit(plan);
    return packaged === undefined
      ? [`Nothing is installed at ${unitPath}.`]
      : [`${packaged} came with a package and goes with it. To stop it now:`, ...typed(stop)];
  }
  refuseForeign(unitPath);
  if (canRun) {
    // What does not run cannot always be stopped, and is no reason to stay.
    await runAll(stop, run).catch(async (thrown: unknown) => {
      if ((await run(ask)) === 0) throw thrown;
    });
  }
  remove(unitPath);
  const removed = [`Removed ${unitPath}`];
  if (environmentPath !== undefined && existsSync(environmentPath)) {
    if (readFileSync(environmentPath, "utf8") === environmentText) {
      remove(environmentPath);
      removed.push(`Removed ${environmentPath}`);
    } else {
      removed.push(`${environmentPath} holds what was written there since, and stays.`);
    }
  }
  if (canRun) await runAll(afterwards, run);
  return canRun ? removed : [...removed, "Where something runs services, type:", ...typed([...stop, ...afterwards])];
}

/** The unit that a package has brought, where there is one and no other in its place. */
export function packagedUnit({ packagedPath, unitPath }: ServicePlan): string | undefined {
  return packagedPath !== undefined && existsSync(packagedPath) && !existsSync(unitPath) ? packagedPath : undefined;
}

function refuseForeign(path: string): void {
  if (!existsSync(path) || isOurUnit(readFileSync(path, "utf8"))) return;
  throw new GatewayError("conflict", `${path} was not written by tokligence daemon install; move it away first.`);
}

async function runAll(commands: readonly (readonly string[])[], run: RunCommand): Promise<void> {
  for (const words of commands) {
    const code = await run(words);
    if (code !== 0) throw new GatewayError("unavailable", `${words.join(" ")} ended with exit code ${code}.`);
  }
}

function typed(commands: readonly (readonly string[])[]): string[] {
  return commands.map((words) => `  ${words.join(" ")}`);
}

function makeDirectory(path: string, mode: number): void {
  onDisk(path, () => void mkdirSync(path, { recursive: true, mode }));
}

function write(path: string, text: string, mode: number): void {
  onDisk(path, () => {
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
  });
}

function remove(path: string): void {
  onDisk(path, () => rmSync(path));
}

function onDisk(path: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    const code = systemCode(cause);
    const hint = code === "EACCES" || code === "EPERM" ? "; sudo may help" : "";
    throw new GatewayError("config_invalid", `Cannot change ${path} (${code || "unknown"})${hint}.`, { cause });
  }
}
