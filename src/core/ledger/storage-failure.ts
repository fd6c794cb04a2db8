import type { GatewayError } from "#core/errors.ts";

const passingReasons: ReadonlySet<unknown> = new Set(["full", "readonly", "busy"]);

/** Whether storage itself failed, rather than refused what it was given. */
export function isStorageFailure(error: GatewayError): boolean {
  return error.code === "storage_failed" || error.code === "storage_corrupt";
}

/**
 * Whether the storage failed in a way that may pass and has surely written nothing: `details.reason` is "full",
 * "readonly" or "busy". After any other failure ("io": a failed fsync) nobody knows what reached the disk.
 */
export function isPassing(error: GatewayError): boolean {
  return error.code === "storage_failed" && passingReasons.has(error.details.reason);
}
