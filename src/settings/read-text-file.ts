import { readFileSync } from "node:fs";
import { GatewayError } from "#core/errors.ts";

/** The text of a file, undefined when there is none; throws `config_invalid` when it is there and cannot be read. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GatewayError("config_invalid", `cannot read ${path} (${code})`, { cause });
  }
}
