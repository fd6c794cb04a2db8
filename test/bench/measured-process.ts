import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const ticksPerSecond = 100;

/** CPU seconds that a process has used, user and system (`/proc/PID/stat`, fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process and all its descendants, in MB of 2^20 bytes. */
export function residentMegabytes(pid: number): number {
  const parents = readdirSync("/proc")
    .map(Number)
    .filter(Number.isInteger)
    .map((id) => [id, parentOf(id)] as const);
  let kilobytes = 0;
  const waiting = [pid];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0);
    for (const [child, parent] of parents) if (parent === id) waiting.push(child);
  }
  return kilobytes / 1024;
}

/** Sockets in TIME_WAIT (state 06) whose either end is this port, as pairs of addresses. */
export function timeWaitSockets(port: number): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const line = new RegExp(`: (\\S+:${hex} \\S+|\\S+ \\S+:${hex}) 06 `);
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => readFileSync(path, "utf8").split("\n"));
  return new Set(rows.flatMap((row) => line.exec(row)?.[1] ?? []));
}

/** A server of this folder in a process of its own; it prints its port first. */
export interface Server extends Disposable {
  readonly port: number;
  readonly pid: number;
}

/** Starts a server script of this folder and waits for its port. */
export async function startServer(script: string, ...words: readonly string[]): Promise<Server> {
  const child = Bun.spawn([process.execPath, resolve("test/bench", script), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" },
  });
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  return { port, pid: child.pid, [Symbol.dispose]: () => child.kill() };
}

function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid: number): number {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return 0;
  }
}
