import { GatewayError } from "#core/errors.ts";

const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);
const readonlyCodes: ReadonlySet<string> = new Set(["EROFS", "EACCES", "EPERM", "ENOENT", "ENOTDIR"]);

/** Whether a file could not grow. */
export function isDiskFull(thrown: unknown): boolean {
  return fullCodes.has(codeOf(thrown));
}

/** `storage_failed` with the reasons of the stores: `full`, `readonly`, else `io`. A `GatewayError` stays as it is. */
export function toSpoolError(thrown: unknown, path: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const code = codeOf(thrown);
  const reason = reasonOf(code);
  return new GatewayError("storage_failed", `The spool ${path} cannot be written (${code}).`, {
    cause: thrown,
    details: { reason },
  });
}

function reasonOf(code: string): "full" | "readonly" | "io" {
  if (fullCodes.has(code)) return "full";
  return readonlyCodes.has(code) ? "readonly" : "io";
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
}
