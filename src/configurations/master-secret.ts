import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "#core/effects/random.ts";
import { GatewayError } from "#core/errors.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import { systemCode } from "#platform/system-code.ts";
import type { Settings } from "#settings/settings.ts";

/** Books whose master secret is gone: what that means, and the two ways out. */
export interface LostSecret {
  readonly what: string;
  readonly remedy: string;
}

/**
 * Undefined where the master secret is there, or there is nothing yet that needs the old one. Throws `config_invalid` where nobody
 * can tell whether there is.
 */
export function lostSecret(dataDir: string, databasePath: string): LostSecret | undefined {
  const path = join(dataDir, "master.secret");
  if (existsSync(path) || bytesOf(databasePath) === 0) return undefined;
  return {
    what: `${path} is missing: without it no key made so far works.`,
    remedy: `Put it back, or give those keys up until each is rotated: (umask 077; openssl rand -hex 32 > "${path}")`,
  };
}

/**
 * The master secret of a data directory, made where there are no books yet. Throws `config_invalid` where that of the books is
 * gone, since another one would end every key without a word; else as `loadMasterSecret` does.
 */
export function openMasterSecret(
  { dataDir, database }: Pick<Settings, "dataDir" | "database">,
  random: Random,
): Uint8Array {
  const lost = lostSecret(dataDir, database.path);
  if (lost !== undefined) throw new GatewayError("config_invalid", `${lost.what} ${lost.remedy}`);
  return loadMasterSecret(dataDir, random);
}

function bytesOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch (cause) {
    throw new GatewayError("config_invalid", `Cannot look at ${path} (${systemCode(cause)}).`, { cause });
  }
}
