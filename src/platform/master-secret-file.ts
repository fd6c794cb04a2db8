import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "#core/effects/random.ts";
import { GatewayError } from "#core/errors.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { systemCode } from "#platform/system-code.ts";

const secretBytes = 32;

/**
 * The master secret of a data directory: 32 bytes, kept as hexadecimal text in `master.secret` (mode 0600), made on
 * first use and durable before it is returned. Two processes that start at once get the same one. `config_invalid` if
 * others may read the file, if it does not hold 64 hexadecimal digits, or if it cannot be read or written.
 */
export function loadMasterSecret(dataDir: string, random: Random): Uint8Array {
  const path = join(dataDir, "master.secret");
  try {
    return readSecret(path);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT") throw locationError(path, thrown);
  }
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    createSecret(dataDir, path, random);
    return readSecret(path);
  } catch (thrown) {
    throw locationError(path, thrown);
  }
}

function readSecret(path: string): Uint8Array {
  const mode = statSync(path).mode & 0o777;
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new GatewayError(
      "config_invalid",
      `${path} may be read by others (mode ${mode.toString(8)}); run: chmod 600 ${path}`,
    );
  }
  const text = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new GatewayError(
      "config_invalid",
      `${path} does not hold a master secret of ${secretBytes * 2} hexadecimal digits.`,
    );
  }
  return Uint8Array.fromHex(text);
}

/** Written aside and linked into place: a name that exists always holds the whole secret, and the first one wins. */
function createSecret(dataDir: string, path: string, random: Random): void {
  const draft = `${path}.${random.bytes(8).toHex()}`;
  try {
    writeDurably(draft, `${random.bytes(secretBytes).toHex()}\n`);
    linkSync(draft, path);
    // Keys hashed with the secret must not outlive it.
    syncDirectory(dataDir);
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function locationError(path: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError("config_invalid", `Cannot use ${path} (${systemCode(thrown) || "unknown error"}).`, {
    cause: thrown,
  });
}
