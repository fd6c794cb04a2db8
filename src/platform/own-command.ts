/** The command that runs this very program again, without its arguments: the executable, or the runtime and its sources. */
export function ownCommand(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main];
}
