import { GatewayError } from "#core/errors.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";
import { pepperFingerprint } from "#core/identity/peppers.ts";
import { directoryFiles } from "#configurations/archive.ts";
import { refuseInAfterlife } from "#configurations/custody.ts";
import { restoreBackup, type RestoreReport } from "#integrations/archive/restore-backup.ts";
import { finishSwap, type OnStep } from "#integrations/archive/swap.ts";
import { verifyCopy } from "#integrations/stores/sqlite/archive/archive-store.ts";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { systemDigest, systemRandom } from "#platform/effects.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { type LoadedSettings, refuseOtherDatabase } from "#settings/load.ts";

/** What is to be restored; the path is absolute. */
export interface RestoreWishes {
  readonly path: string;
  readonly passphrase?: string;
  /** Told before each change of the disk, for tests that end the process there. */
  readonly onStep?: OnStep;
}

/**
 * Puts a backup in the place of the data directory of a stopped gateway. Rejects with `unavailable` while one runs, with
 * `invalid_request`, `storage_corrupt` or `storage_failed` as the file and the disk deserve; then nothing has changed.
 */
export async function restoreFrom(loaded: LoadedSettings, wishes: RestoreWishes): Promise<RestoreReport> {
  refuseOtherDatabase(loaded);
  const { settings } = loaded;
  const { path, passphrase, onStep } = wishes;
  const lock = new DirectoryLock(settings.dataDir);
  lock.acquire();
  try {
    refuseInAfterlife(settings.dataDir);
    finishSwap(settings.dataDir, syncDirectory);
    const files = directoryFiles(settings);
    const nowMs = Date.now();
    const check = (copy: string) => verifyCopy(copy, nowMs);
    const parts = { files, schema: schemaVersion, check, nowMs, syncNames: syncDirectory };
    const report = await restoreBackup(path, passphrase, { ...parts, ...(onStep !== undefined && { onStep }) });
    const whole = hasMasterSecret(settings.dataDir, report.peppers[currentPepperId]);
    return whole ? report : { ...report, notes: [...report.notes, otherMasterSecret] };
  } finally {
    lock.release();
  }
}

const otherMasterSecret =
  "The master secret here is not the one that the backup was made with: put its master.secret in place, or no API key works " +
  "until it is rotated, and the signed anchors of the books cannot be checked.";

/** Whether the master secret of a directory makes the pepper with this fingerprint. Where there is none one is made, for the books to open. */
function hasMasterSecret(dataDir: string, fingerprint: string | undefined): boolean {
  const pepper = purposeKey(systemDigest, loadMasterSecret(dataDir, systemRandom), "pepper", currentPepperId);
  return pepperFingerprint(systemDigest, pepper) === fingerprint;
}

/**
 * Completes a restore whose process died half-way, and throws `unavailable` when there was one: the configuration read so
 * far is that of before. Only the holder of the directory's lock may call.
 */
export function refuseHalfRestored(dataDir: string): void {
  if (!finishSwap(dataDir, syncDirectory)) return;
  throw new GatewayError(
    "unavailable",
    "A restore that was interrupted has now been completed. Run the command again.",
  );
}
