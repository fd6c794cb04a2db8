import type { Administration } from "#core/api/administration.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { startParts, stopParts } from "#core/part.ts";
import { openBooks } from "#configurations/books.ts";
import { thisMachine } from "#configurations/host.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** Administration on the store of a stopped gateway; it holds the data directory until it is closed. */
export interface OpenAdministration {
  readonly administration: Administration;
  close(): Promise<void>;
}

/** Opens the data directory for commands. Rejects with `unavailable` if somebody else holds it. */
export async function openLocalAdministration({ settings }: LoadedSettings): Promise<OpenAdministration> {
  const host = thisMachine({ ...settings, logLevel: "error" }, () => undefined);
  const { administration, parts } = openBooks(settings, host, nullMeter);
  await startParts(parts);
  return { administration, close: () => stopParts(parts) };
}
