/** What a program did, as far as durability goes: wrote to the log of its database, had that log synced, sent bytes to somebody. */
export interface TracedStep {
  readonly kind: "logged" | "synced" | "sent";
  /** The bytes, with everything unprintable escaped; empty for `synced`. */
  readonly text: string;
}

const logWrite = /^\d+ +pwrite64\(\d+<[^>]*-wal>, "(.*)", \d+, \d+/;
const logSync = /^(\d+) +f(?:data)?sync\(\d+<[^>]*-wal>(\) += 0| <unfinished)/;
const syncEnd = /^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0/;
const send = /^\d+ +(?:sendto|sendmsg|write|writev)\(\d+<(?:socket|TCP|UNIX)[^>]*>+, (.*)/;

/** The steps in a log that `watched` had written, in their order; a sync counts where it has come back without an error. */
export function tracedSteps(log: string): readonly TracedStep[] {
  const syncing = new Set<string>();
  const steps: TracedStep[] = [];
  for (const line of log.split("\n")) {
    const [, logged] = logWrite.exec(line) ?? [];
    const [, syncer = "", begun] = logSync.exec(line) ?? [];
    const [, synced = ""] = syncEnd.exec(line) ?? [];
    const [, sent] = send.exec(line) ?? [];
    if (logged !== undefined) steps.push({ kind: "logged", text: logged });
    else if (begun?.startsWith(")") || syncing.delete(synced)) steps.push({ kind: "synced", text: "" });
    else if (begun !== undefined) syncing.add(syncer);
    else if (sent !== undefined) steps.push({ kind: "sent", text: sent });
  }
  return steps;
}
