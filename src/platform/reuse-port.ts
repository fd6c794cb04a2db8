import { FFIType, ptr } from "bun:ffi";
import { GatewayError } from "#core/errors.ts";
import { openCLibrary } from "#platform/c-library.ts";
import { ownListeners } from "#platform/port-probe.ts";

/** `SOL_SOCKET`, `SO_REUSEPORT` and `SO_ATTACH_REUSEPORT_CBPF` of Linux (asm-generic/socket.h; same on x86-64 and arm64). */
const socketLevel = 1;
const reusePort = 15;
const attachProgram = 51;
/** `BPF_RET | BPF_K` (linux/filter.h): the program's answer is the number of the socket in its group. */
const returnConstant = 0x06;

/** Whether a second process can be given the connections of a port without refusing one. */
export const canSharePorts: boolean = process.platform === "linux";

/**
 * Lets a process of the same user listen at this port too. Until then nobody else can: the option is not set before it is
 * asked for, and Linux heeds it on a socket that listens already. Throws `unavailable` where it cannot be set.
 */
export function sharePort(port: number): void {
  setOption(port, reusePort, new Int32Array([1]));
}

/**
 * Sends every new connection of a shared port to the listener of this process, which came second. What was connected to the
 * other before stays there. When the other closes, the number is of nobody, and the kernel takes whoever is left.
 */
export function steerToSecond(port: number): void {
  const instruction = new Uint8Array(8);
  new Uint16Array(instruction.buffer)[0] = returnConstant;
  new Uint32Array(instruction.buffer)[1] = 1;
  const program = new BigUint64Array([1n, BigInt(ptr(instruction))]);
  setOption(port, attachProgram, program);
}

function setOption(port: number, option: number, value: Int32Array | BigUint64Array): void {
  const descriptors = ownListeners(port);
  const { setsockopt } = openCLibrary(calls);
  const isSet = (descriptor: number): boolean =>
    setsockopt(descriptor, socketLevel, option, ptr(value), value.byteLength) === 0;
  if (descriptors.length > 0 && descriptors.every(isSet)) return;
  throw new GatewayError("unavailable", `The system does not let two processes share port ${port}.`);
}

const { i32, u32, ptr: pointer } = FFIType;
const calls = { setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 } } as const;
