import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { systemCode } from "#platform/system-code.ts";

/** Whether a port can be listened on: `free`, `taken` by somebody, or why not, as the system names it (`EACCES`). */
export type PortState = "free" | "taken" | { readonly refused: string };

/** Listens for a moment, without taking a connection. */
export function probePort(host: string, port: number): PortState {
  try {
    // Said in so many words: left out, several processes could share it.
    Bun.listen({ hostname: host, port, exclusive: true, socket: { data: () => undefined } }).stop(true);
    return "free";
  } catch (thrown) {
    const code = systemCode(thrown);
    return code === "EADDRINUSE" ? "taken" : { refused: code };
  }
}

/** A process that listens. */
export interface PortHolder {
  readonly pid: number;
  /** Its short name, as the system shows it. */
  readonly name: string;
}

/** `TCP_LISTEN` in /proc/net/tcp. */
const listening = "0A";

/** Who listens on a port, where the system tells and this user may know; undefined otherwise. */
export function portHolder(port: number): PortHolder | undefined {
  const sockets = listeningSockets(port);
  if (sockets.size === 0) return undefined;
  const pid = entries("/proc").find((entry) => /^\d+$/.test(entry) && descriptorsOf(entry, sockets).length > 0);
  return pid === undefined ? undefined : { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() };
}

/** Descriptors of this process that listen on a port, where the system tells. */
export function ownListeners(port: number): readonly number[] {
  return descriptorsOf("self", listeningSockets(port)).map(Number);
}

function listeningSockets(port: number): ReadonlySet<string> {
  return new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listenersIn(readText(table), port)));
}

/** Inodes of the sockets that listen on the port, of a table of `proc_net_tcp(5)`. */
export function listenersIn(table: string, port: number): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === listening && local?.endsWith(`:${hexPort}`) === true && inode !== undefined ? [inode] : [];
  });
}

function descriptorsOf(pid: string, sockets: ReadonlySet<string>): readonly string[] {
  return entries(`/proc/${pid}/fd`).filter((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && sockets.has(inode);
  });
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
