import { readFileSync } from "node:fs";

/** Resident memory of a process in MB of 2^20 bytes, from `/proc` or else `ps`; null where neither tells. */
export function residentMegabytes(pid: number): number | null {
  const kilobytes = fromProc(pid) ?? fromPs(pid);
  return kilobytes === undefined || Number.isNaN(kilobytes) ? null : kilobytes / 1024;
}

function fromProc(pid: number): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): number | undefined {
  try {
    return Number.parseInt(Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]).stdout.toString(), 10);
  } catch {
    return undefined;
  }
}
