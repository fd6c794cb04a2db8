import { dlopen, type FFIFunction } from "bun:ffi";

/** These functions of the C library of a Linux machine, glibc's or musl's. Throws where there is neither. */
export function openCLibrary<const Calls extends Readonly<Record<string, FFIFunction>>>(calls: Calls) {
  try {
    return dlopen("libc.so.6", calls).symbols;
  } catch {
    const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
    return dlopen(`libc.musl-${architecture}.so.1`, calls).symbols;
  }
}
