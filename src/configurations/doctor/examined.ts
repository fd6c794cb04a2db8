import type { RunningDaemon } from "#platform/daemon-status.ts";
import type { Inspection } from "#integrations/stores/sqlite/inspection.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** What every check may look at, read once. */
export interface Examined {
  readonly loaded: LoadedSettings;
  /** Undefined while the gateway of this configuration is stopped. */
  readonly daemon: RunningDaemon | undefined;
  /** Undefined where there is no database yet, or none that can be read. */
  readonly database: Inspection | undefined;
}
