import { type DistSettings, distSettings } from "./dist-settings.ts";

/** Carries a part of `make dist` out with the settings of the environment; what it throws is one line and exit code 1. */
export async function runDist(part: (settings: DistSettings) => void | Promise<void>): Promise<void> {
  try {
    await part(distSettings(process.env));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
