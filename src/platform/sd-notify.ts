import { FFIType, ptr } from "bun:ffi";
import { openCLibrary } from "#platform/c-library.ts";

/** The service manager that started this process and waits to hear how it is (sd_notify(3)). */
export interface ServiceManager {
  /** Tells it something; false where it could not be told, which is no reason to fail. */
  tell(assignments: Readonly<Record<string, string | number | bigint>>): boolean;
  /** Its clock, CLOCK_MONOTONIC, in microseconds. */
  nowUs(): bigint;
}

const unixDomain = 1;
/** `SOCK_DGRAM | SOCK_CLOEXEC`, `MSG_NOSIGNAL | MSG_DONTWAIT` and `CLOCK_MONOTONIC` of Linux. */
const datagram = 2 | 0o2000000;
const quietly = 0x4000 | 0x40;
const monotonicClock = 1;
/** `sun_path` of Linux. */
const longestPath = 108;

/**
 * The service manager that listens at this address, `NOTIFY_SOCKET`, an abstract one with `@` in front; undefined for
 * none, and where the machine has no C library that could tell it.
 */
export function serviceManagerAt(address: string | undefined): ServiceManager | undefined {
  const target = address === undefined ? undefined : socketAddress(address);
  if (target === undefined) return undefined;
  try {
    return managerBehind(target, openCLibrary(calls));
  } catch {
    return undefined;
  }
}

function managerBehind(target: Uint8Array, { socket, sendto, clock_gettime }: Library): ServiceManager {
  const descriptor = socket(unixDomain, datagram, 0);
  const time = new BigInt64Array(2);
  return {
    tell(assignments) {
      const lines = Object.entries(assignments).map(
        ([name, value]) => `${name}=${String(value).replaceAll("\n", " ")}`,
      );
      const bytes = new TextEncoder().encode(lines.join("\n"));
      const sent = sendto(descriptor, ptr(bytes), bytes.length, quietly, ptr(target), target.length);
      return Number(sent) === bytes.length;
    },
    nowUs() {
      clock_gettime(monotonicClock, ptr(time));
      return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1000n;
    },
  };
}

/** `struct sockaddr_un`: the family in the machine's order, then the path with its NUL, or a NUL and the abstract name. */
function socketAddress(address: string): Uint8Array | undefined {
  if (!/^[/@]./.test(address)) return undefined;
  const name = new TextEncoder().encode(address.startsWith("@") ? `\0${address.slice(1)}` : `${address}\0`);
  if (name.length > longestPath) return undefined;
  const bytes = new Uint8Array(2 + name.length);
  new Uint16Array(bytes.buffer, 0, 1)[0] = unixDomain;
  bytes.set(name, 2);
  return bytes;
}

const { i32, u64, i64, ptr: pointer } = FFIType;
const calls = {
  socket: { args: [i32, i32, i32], returns: i32 },
  sendto: { args: [i32, pointer, u64, i32, pointer, i32], returns: i64 },
  clock_gettime: { args: [i32, pointer], returns: i32 },
} as const;
type Library = ReturnType<typeof openCLibrary<typeof calls>>;
