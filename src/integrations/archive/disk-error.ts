import { GatewayError } from "#core/errors.ts";

/** What a file system threw, in words: `storage_failed` when the disk does not go along, `invalid_request` for a place that cannot be used. */
export function diskError(thrown: unknown, path: string): unknown {
  if (thrown instanceof GatewayError || !(thrown instanceof Error) || !("code" in thrown)) return thrown;
  const code = String(thrown.code);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new GatewayError("storage_failed", `There is no room for ${path}.`, {
      cause: thrown,
      details: { reason: "full" },
    });
  }
  if (code === "EIO") {
    return new GatewayError("storage_failed", `The disk reported an error at ${path}.`, {
      cause: thrown,
      details: { reason: "io" },
    });
  }
  return new GatewayError("invalid_request", `${path} cannot be used (${code}).`, {
    cause: thrown,
    details: { field: "path", code },
  });
}
