import { readFileSync } from "node:fs";

/** Resident memory of a process in MiB (Linux). */
export function residentMebibytes(pid: number): number {
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} tells no memory.`);
  return Number(kibibytes) / 1024;
}
