import type { Subprocess } from "bun";

export interface KilledChild {
  /** Complete lines that the child printed before it died. */
  readonly lines: readonly string[];
}

/** Runs a script of this folder until it has printed `count` lines. */
export async function spawnUntil(
  script: string,
  directory: string,
  count: number,
): Promise<{ kill(): Promise<KilledChild> }> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${script}`, directory], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.split("\n").length <= count) {
    const { done, value } = await output.read();
    if (done) throw new Error(`${script} ended after ${text}`);
    text += value;
  }
  return { kill: () => killed(child, output, text) };
}

async function killed(
  child: Subprocess,
  output: { read(): Promise<{ done: boolean; value?: string | undefined }> },
  before: string,
): Promise<KilledChild> {
  child.kill("SIGKILL");
  await child.exited;
  let text = before;
  for (let next = await output.read(); !next.done; next = await output.read()) text += next.value ?? "";
  // What follows the last line break was cut by the kill.
  return { lines: text.split("\n").slice(0, -1) };
}
