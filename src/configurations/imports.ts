import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Administration } from "#core/api/operations.ts";
import type { ForeignPlan, ForeignSource } from "#core/archive/foreign-plan.ts";
import { GatewayError } from "#core/errors.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";
import { pepperFingerprint } from "#core/identity/peppers.ts";
import { openMasterSecret } from "#configurations/master-secret.ts";
import { writeRecords } from "#integrations/archive/write-records.ts";
import { ForeignRecords } from "#integrations/imports/foreign-records.ts";
import { readLitellmConfig } from "#integrations/imports/litellm-config.ts";
import { readLitellmKeys } from "#integrations/imports/litellm-keys.ts";
import { readOneApi } from "#integrations/imports/one-api.ts";
import { readPortkey } from "#integrations/imports/portkey.ts";
import { readForeignTables } from "#integrations/stores/sqlite/archive/foreign-tables.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { systemDigest, systemRandom } from "#platform/effects.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { version } from "#platform/version.ts";
import { writeConfigurationFile } from "#settings/change/write-file.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** What is to be taken over from another gateway. */
export interface ForeignWishes {
  readonly from: ForeignSource;
  /** Absolute paths: for LiteLLM its `config.yaml`, its list of keys, or both; else the one file. */
  readonly inputs: readonly string[];
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

/** What was taken over, or would be. */
export interface ForeignReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly conflicts: readonly { readonly kind: string; readonly id: string; readonly reason: string }[];
  /** What could not be carried as it was, and what is left to do. */
  readonly notes: readonly string[];
  /** Providers and routes as INI, and the file that they were written to: that of the environment where it had none, else one beside it that is not read. */
  readonly configuration: { readonly text: string; readonly path: string; readonly inForce: boolean };
}

/**
 * Takes over configuration, users, keys and budgets of another gateway; records go in as any import does, through `take`,
 * whoever has the store. Rejects with `invalid_request` for files that are not what they should be.
 */
export async function importForeign(
  loaded: LoadedSettings,
  wishes: ForeignWishes,
  take: Administration["importArchive"],
): Promise<ForeignReport> {
  const { dataDir } = loaded.settings;
  const pepper = purposeKey(systemDigest, openMasterSecret(loaded.settings, systemRandom), "pepper", currentPepperId);
  const plan = readForeign(pepper, wishes);
  const report = await takeRecords(dataDir, pepper, plan, wishes, take);
  const { configuration, notes } = placeConfiguration(loaded, plan.configuration, wishes);
  const left =
    plan.configuration === "" || configuration.inForce || wishes.dryRun
      ? []
      : [
          `Providers and routes were written to ${configuration.path}, which is not read: put what you need into gateway.ini.`,
        ];
  return { ...report, notes: [...plan.notes, ...report.notes, ...left, ...notes], configuration };
}

/** Reads the files of another gateway. */
function readForeign(pepper: Uint8Array, { from, inputs }: ForeignWishes): ForeignPlan {
  const nowMs = Date.now();
  const parts = { source: from, digest: systemDigest, pepper, pepperId: currentPepperId, nowMs };
  const records = new ForeignRecords(parts);
  const built = inputs.map((path) => readInput(from, path, records, nowMs));
  return {
    configuration: built.map(({ text }) => text).join(""),
    tables: records.tables,
    notes: built.flatMap(({ notes }) => notes),
  };
}

interface Read {
  readonly text: string;
  readonly notes: readonly string[];
}

function readInput(from: ForeignSource, path: string, records: ForeignRecords, nowMs: number): Read {
  switch (from) {
    case "litellm": {
      const text = readText(path);
      if (/^\s*[[{]/.test(text)) return { text: "", notes: readLitellmKeys(text, records, nowMs) };
      return readLitellmConfig(text);
    }
    case "portkey":
      return readPortkey(readText(path));
    case "one-api":
    case "new-api": {
      if (!existsSync(path)) throw new GatewayError("invalid_request", `There is no file ${path}.`);
      return readOneApi(readForeignTables(path, ["users", "tokens", "channels"]), from, records, nowMs);
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GatewayError("invalid_request", `${path} cannot be read.`, { cause, details: { field: "input" } });
  }
}

async function takeRecords(
  dataDir: string,
  pepper: Uint8Array,
  { tables }: ForeignPlan,
  { from, overwrite, dryRun }: ForeignWishes,
  take: Administration["importArchive"],
): Promise<Omit<ForeignReport, "configuration">> {
  if (Object.keys(tables).length === 0) return { counts: {}, conflicts: [], notes: [] };
  const directory = mkdtempSync(join(dataDir, ".archive-import-"));
  const path = join(directory, "records.tar.gz");
  try {
    const origin = {
      product: version,
      schema: schemaVersion,
      created_at: new Date().toISOString(),
      node_id: from,
      peppers: { [currentPepperId]: pepperFingerprint(systemDigest, pepper) },
    };
    await writeRecords(path, directory, tables, origin, syncDirectory);
    return await take({ path, overwrite, dry_run: dryRun });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function placeConfiguration({ settings }: LoadedSettings, text: string, { from, dryRun }: ForeignWishes) {
  const own = join(settings.configDir, settings.environment, "gateway.ini");
  const inForce = !existsSync(own);
  const path = inForce ? own : join(settings.configDir, `imported-${from}.ini`);
  const said = text === "" || dryRun ? undefined : writeConfigurationFile({ path, text });
  return { configuration: { text, path, inForce }, notes: said === undefined ? [] : [said] };
}
