import type { ArchiveStore } from "#core/archive/archive-store.ts";
import type { Peppers } from "#core/identity/peppers.ts";
import type { Host } from "#configurations/host.ts";
import type { DirectoryFiles } from "#integrations/archive/directory-files.ts";
import { FileArchivist } from "#integrations/archive/file-archivist.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { version } from "#platform/version.ts";
import type { Settings } from "#settings/settings.ts";

/** Export, import and backup of the data directory of these settings. */
export function openArchivist(
  settings: Settings,
  { clock, digest }: Pick<Host, "clock" | "digest">,
  store: ArchiveStore,
  peppers: Peppers,
): FileArchivist {
  return new FileArchivist({
    store,
    peppers,
    digest,
    clock,
    files: directoryFiles(settings),
    syncNames: syncDirectory,
    product: version,
    schema: schemaVersion,
  });
}

/** Where the files of these settings lie. */
export function directoryFiles({ dataDir, configDir, database }: Settings): DirectoryFiles {
  return { dataDir, configDir, databasePath: database.path };
}
