import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "#core/errors.ts";

/**
 * Makes the directory (mode 0700) and the file (mode 0600) if they are missing. Throws `config_invalid` when the
 * place cannot be used, `storage_failed` when the disk is full.
 */
export function prepareLocation(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    throw locationError(path, cause);
  }
}

function locationError(path: string, cause: unknown): GatewayError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new GatewayError("storage_failed", `Storage failed: the disk is full (${path}).`, {
      cause,
      details: { reason: "full" },
    });
  }
  return new GatewayError(
    "config_invalid",
    `Cannot write ${path} (${code}). Its directory must exist or be creatable, and both must be writable by this user.`,
    { cause, details: { path, code } },
  );
}
