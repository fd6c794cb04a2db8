import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dump } from "#core/archive/archive-store.ts";
import { hasLeftOut } from "#core/archive/configuration-text.ts";
import { isMemberName } from "#core/archive/member-name.ts";
import { type Manifest, sealedName } from "#core/archive/manifest.ts";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { GatewayError } from "#core/errors.ts";
import { type DirectoryFiles, spoolNames } from "#integrations/archive/directory-files.ts";
import { diskError } from "#integrations/archive/disk-error.ts";
import { requireSpace } from "#integrations/archive/free-space.ts";
import { bringBeside } from "#integrations/archive/same-disk.ts";
import { unseal } from "#integrations/archive/seal.ts";
import { openStaging, type Staging } from "#integrations/archive/staging.ts";
import { commitSwap, finishSwap, type OnStep, swapPlan, swapStands } from "#integrations/archive/swap.ts";
import { unpackArchive } from "#integrations/archive/unpack.ts";

/** What a restore works with. */
export interface RestoreParts {
  readonly files: DirectoryFiles;
  /** Last step of the schema that this program knows. */
  readonly schema: number;
  /** Verifies a database: its structure and its books. Rejects with `storage_corrupt`. */
  readonly check: (path: string) => Promise<Dump>;
  readonly nowMs: number;
  readonly syncNames: DirectorySync;
  readonly onStep?: OnStep;
}

/** What was restored. */
export interface RestoreReport {
  readonly createdAt: string;
  readonly nodeId: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Name of the directories, beside the files, that hold what was there before; undefined where nothing was. */
  readonly aside: string | undefined;
  /** Fingerprints of the peppers that its keys were stored under, by id. */
  readonly peppers: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/**
 * Puts a backup in the place of what is there: it is read into a side directory and verified first, the old files go aside,
 * and whenever the process ends, the old state is whole or the new one is. Only the holder of the directory's lock may call.
 * Rejects with `invalid_request`, `storage_corrupt` or `storage_failed`; then nothing has changed.
 */
export async function restoreBackup(
  path: string,
  passphrase: string | undefined,
  parts: RestoreParts,
): Promise<RestoreReport> {
  const { files, onStep, syncNames } = parts;
  const staging = openStaging(files.dataDir);
  using _tidy = { [Symbol.dispose]: () => dropStaging(staging, files.dataDir) };
  const manifest = await readBackup(path, staging.path, passphrase, parts);
  onStep?.("checked");
  const aside = `before-restore-${new Date(parts.nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  let replaces = false;
  try {
    const steps = await swapSteps(manifest, staging.path, files);
    replaces = steps.some(({ to }) => existsSync(to));
    commitSwap(files.dataDir, swapPlan(files.dataDir, aside, staging.path, steps), syncNames, onStep);
  } catch (thrown) {
    throw diskError(thrown, files.dataDir);
  }
  finishSwap(files.dataDir, syncNames, onStep);
  const { created_at: createdAt, node_id: nodeId, counts, peppers, notes } = manifest;
  return { createdAt, nodeId, counts, aside: replaces ? aside : undefined, peppers, notes };
}

/** Its files are gone with the restore, unless that was decided and broke off: whoever opens the directory next needs them. */
function dropStaging(staging: Staging, dataDir: string): void {
  if (!swapStands(dataDir)) staging[Symbol.dispose]();
}

async function readBackup(
  path: string,
  staging: string,
  passphrase: string | undefined,
  { files, schema, check }: RestoreParts,
): Promise<Manifest> {
  const expect = (manifest: Manifest): void => {
    if (manifest.kind !== "backup") {
      throw new GatewayError("invalid_request", "The file is an export: it is imported, not restored.");
    }
    if (manifest.secrets === "encrypted" && passphrase === undefined) {
      throw new GatewayError("invalid_request", "The backup holds secrets: its passphrase is needed.", {
        details: { field: "passphrase" },
      });
    }
    const bytes = manifest.members.reduce((sum, member) => sum + member.bytes, 0);
    requireSpace(files.dataDir, bytes);
    requireSpace(existingParent(files.databasePath), bytes);
  };
  const manifest = await unpackArchive(path, staging, { schema, expect });
  if (passphrase !== undefined && manifest.secrets === "encrypted") await placeSecrets(staging, passphrase);
  const database = join(staging, "data/gateway.db");
  if (!existsSync(database)) throw new GatewayError("invalid_request", "The backup holds no database.");
  const { counts, nodeId } = await check(database);
  const wrong = Object.entries(manifest.counts).find(([name, count]) => counts[name] !== count);
  if (wrong === undefined && nodeId === manifest.node_id) return manifest;
  throw new GatewayError("invalid_request", "The database in the backup is not the one that its manifest tells of.");
}

async function placeSecrets(staging: string, passphrase: string): Promise<void> {
  const secrets = await unseal(readFileSync(join(staging, sealedName), "utf8"), passphrase);
  for (const [name, text] of Object.entries(secrets)) {
    if (!isMemberName(name)) throw new GatewayError("invalid_request", "The secrets in the archive are damaged.");
    const path = join(staging, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
  }
}

/** Which file goes where: what belongs to the database's old state first, so that it never meets the new one. */
async function swapSteps(manifest: Manifest, staging: string, { dataDir, configDir, databasePath }: DirectoryFiles) {
  const gone = [`${databasePath}-wal`, `${databasePath}-shm`, ...spoolNames.map((name) => join(dataDir, name))];
  const steps: { from?: string; to: string }[] = gone.map((to) => ({ to }));
  for (const name of memberFiles(manifest, staging)) {
    const from = join(staging, name);
    const to = targetOf(name, { dataDir, configDir, databasePath });
    if (to === undefined) continue;
    // A file whose secrets were left out is worth less than the one in force.
    if (existsSync(to) && name.startsWith("config/") && hasLeftOut(readFileSync(from, "utf8"))) continue;
    steps.push({ from: await bringBeside(from, to), to });
  }
  return steps;
}

/** Names of members, and of files that came out of the sealed one. */
function memberFiles(manifest: Manifest, staging: string): readonly string[] {
  const sealed = ["data", "config"].flatMap((directory) => {
    if (!existsSync(join(staging, directory))) return [];
    return readdirSync(join(staging, directory), { recursive: true, encoding: "utf8" }).map(
      (name) => `${directory}/${name}`,
    );
  });
  const names = new Set([
    ...manifest.members.map(({ name }) => name),
    ...sealed.map((name) => name.replaceAll("\\", "/")),
  ]);
  const isFile = (name: string): boolean => statSync(join(staging, name), { throwIfNoEntry: false })?.isFile() === true;
  return [...names].filter(isFile).toSorted();
}

function targetOf(name: string, { dataDir, configDir, databasePath }: DirectoryFiles): string | undefined {
  if (name === "data/gateway.db") return databasePath;
  if (/^data\/(spool\.jsonl|master\.secret|pepper\.x[0-9a-f]{24})$/.test(name)) return join(dataDir, name.slice(5));
  return name.startsWith("config/") ? join(configDir, name.slice(7)) : undefined;
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) && statSync(parent).isDirectory() ? parent : existingParent(parent);
}
