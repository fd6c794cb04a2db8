import { openCatalog } from "#configurations/catalogue.ts";
import { readTlsPair } from "#platform/tls-pair.ts";
import type { Settings } from "#settings/settings.ts";

/** Reads the files that settings name, as `serve` will. Throws `config_invalid` naming the first that cannot be used. */
export function checkNamedFiles(settings: Settings): void {
  openCatalog(settings);
  const { tls } = settings.gateway;
  if (tls !== undefined) readTlsPair(tls);
}
