import { version } from "#platform/version.ts";

/** What the process was called as and with, and the code it ends with. */
async function main(): Promise<number> {
  const typed = process.argv.slice(2);
  // Both answers stand before every import, so that they cost no more than the start of the process.
  if (typed.length === 1 && (typed[0] === "version" || typed[0] === "--version")) {
    process.stdout.write(`tokligence ${version}\n`);
    return 0;
  }
  if (typed.length === 1 && (typed[0] === "--help" || typed[0] === "-h" || typed[0] === "help")) {
    const { overview } = await import("#cli/commands.ts");
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  const { runCommandLine } = await import("#cli/run.ts");
  return runCommandLine(process.argv0, typed);
}

process.exit(await main());
