import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { type ErrorCode, toGatewayError } from "#core/errors.ts";
import { lostSecret } from "#configurations/master-secret.ts";
import { systemRandom } from "#platform/effects.ts";
import { nearestExisting } from "#platform/machine-facts.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import { systemCode } from "#platform/system-code.ts";
import { secretsOf } from "#settings/change/mask-secrets.ts";
import type { LoadedSettings } from "#settings/load.ts";
import { readTextFile } from "#settings/read-text-file.ts";

const check = "permissions";
const others = 0o077;

/**
 * Why the data directory or the database in it cannot be looked at: something else stands there, this user may not enter, or a
 * link leads nowhere that can be told. Then there is nothing else to look at.
 */
export function closedPlace(dataDir: string, databasePath: string): Finding | undefined {
  const place = nearestExisting(dataDir);
  if (!statSync(place).isDirectory()) {
    const fix = "Move it away, or choose another: --config-dir, database.path";
    return failure(check, "config_invalid", `${place} is no directory.`, fix);
  }
  if (!can(place, constants.X_OK))
    return failure(check, "config_invalid", `${place} cannot be entered by this user.`, ownPlace(place));
  try {
    statSync(databasePath, { throwIfNoEntry: false });
    return undefined;
  } catch (thrown) {
    const what = `${databasePath} cannot be looked at by this user (${systemCode(thrown)}).`;
    const fix = `See where it leads: ls -l ${databasePath}; or choose another: database.path`;
    return failure(check, "config_invalid", what, fix);
  }
}

/** Whether secrets are for this user alone, and the data directory and what lies in it can be written. */
export function permissionFindings(
  loaded: LoadedSettings | undefined,
  dataDir: string,
  databasePath: string,
): readonly Finding[] {
  const open = [
    ...secretFiles(loaded).flatMap((path) => openToOthers(path, "holds keys")),
    ...openToOthers(databasePath, "holds the books"),
    ...masterSecret(dataDir, databasePath),
    ...dataFiles(dataDir, databasePath),
    ...logFile(loaded?.settings.logFile?.path),
  ];
  const isMade = existsSync(dataDir);
  const place = nearestExisting(dataDir);
  const isWritable = canWrite(place);
  const found = [...open];
  if (!isWritable)
    found.push(failure(check, "config_invalid", `${place} cannot be written by this user.`, ownPlace(place)));
  else if (!isMade) found.push(sound(check, `${dataDir} will be made at the first start.`));
  else found.push(sound(check, `${dataDir} can be written.`));
  return found;
}

/** Files of the configuration in which a secret itself stands, not a reference to one. */
function secretFiles(loaded: LoadedSettings | undefined): readonly string[] {
  const said = (loaded?.values ?? []).flatMap(({ weaker, ...strongest }) => [strongest, ...weaker]);
  const files = new Set(said.flatMap(({ file }) => file ?? []));
  return [...files].filter((file) => secretsOf(readTextFile(file) ?? "").length > 0);
}

function openToOthers(path: string, why: string): readonly Finding[] {
  const mode = modeOf(path);
  if (mode === undefined || (mode & others) === 0) return [];
  const what = `${path} ${why} and is open to others (mode ${mode.toString(8)}).`;
  return [warning(check, what, `chmod 600 ${path}`)];
}

/** `serve` refuses to start with one that others may read, that is none, or that is gone; before the first books it makes one. */
function masterSecret(dataDir: string, databasePath: string): readonly Finding[] {
  const path = join(dataDir, "master.secret");
  const mode = modeOf(path);
  const lost = lostSecret(dataDir, databasePath);
  if (lost !== undefined) return [failure(check, "config_invalid", lost.what, lost.remedy)];
  if (!existsSync(path)) return [];
  if (mode !== undefined && (mode & others) !== 0) {
    const what = `${path} is open to others (mode ${mode.toString(8)}).`;
    return [failure(check, "config_invalid", what, `chmod 600 ${path}`)];
  }
  if (!can(path, constants.R_OK)) return [unusable(path, "read", "config_invalid")];
  try {
    loadMasterSecret(dataDir, systemRandom);
    return [];
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown);
    return [failure(check, code, message, `Put ${path} back from a backup`)];
  }
}

/** Files that a start opens for writing; what another user has made, as by one `sudo`, may be in the way. */
function dataFiles(dataDir: string, databasePath: string): readonly Finding[] {
  const books = [databasePath, `${databasePath}-wal`, `${databasePath}-shm`, join(dataDir, "gateway.lock")];
  return [
    ...books.flatMap((path) => unwritable(path, "config_invalid")),
    ...unwritable(join(dataDir, "spool.jsonl"), "storage_failed"),
  ];
}

function unwritable(path: string, code: ErrorCode): readonly Finding[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isFile()) return [failure(check, code, `${path} is no file.`, "Name another, or move it away")];
  return can(path, constants.R_OK | constants.W_OK) ? [] : [unusable(path, "written", code)];
}

function logFile(path: string | undefined): readonly Finding[] {
  if (path === undefined) return [];
  if (existsSync(path)) return unwritable(path, "config_invalid");
  const directory = dirname(path);
  if (existsSync(directory) && canWrite(directory)) return [];
  const what = `The log ${path} (log.file) cannot be made.`;
  return [failure(check, "config_invalid", what, `Make ${directory} a directory that this user may write`)];
}

function unusable(path: string, verb: "read" | "written", code: ErrorCode): Finding {
  const fix = `chown "$(id -un)" ${path} && chmod 600 ${path}`;
  return failure(check, code, `${path} cannot be ${verb} by this user.`, fix);
}

/** Undefined where there is no file, and on Windows, whose modes say nothing. */
function modeOf(path: string): number | undefined {
  const found = process.platform === "win32" ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.mode & 0o777 : undefined;
}

const ownPlace = (place: string): string => `chown -R "$(id -un)" ${place} && chmod u+rwx ${place}`;

const canWrite = (path: string): boolean => can(path, constants.W_OK | constants.X_OK);

function can(path: string, wish: number): boolean {
  try {
    accessSync(path, wish);
    return true;
  } catch {
    return false;
  }
}
