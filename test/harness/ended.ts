/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of a command. */
export async function ended(child: Bun.Subprocess<Bun.Spawn.Writable, "pipe", "pipe">): Promise<CommandResult> {
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { exitCode, stdout, stderr };
}
