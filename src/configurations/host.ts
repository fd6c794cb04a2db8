import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import type { Random } from "#core/effects/random.ts";
import type { GatewayError } from "#core/errors.ts";
import { systemClock, systemDigest, systemIds, systemRandom } from "#platform/effects.ts";
import { standardError } from "#platform/line-writer.ts";
import { createLog } from "#platform/log-sink.ts";
import type { Settings } from "#settings/settings.ts";

/** What a gateway takes from the machine it runs on. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly digest: Digest;
  readonly log: Log;
  /** Called when the gateway cannot go on safely: the process must end with the error's exit code. */
  readonly onFatal: (error: GatewayError) => void;
}

/** This machine as a command uses it: failures alone are logged, and whoever asked is told of the rest. */
export function commandHost(settings: Settings): Host {
  return thisMachine({ ...settings, logLevel: "error" }, () => undefined);
}

/** This machine: its clock, its randomness, its standard error for logs. */
export function thisMachine(settings: Settings, onFatal: Host["onFatal"]): Host {
  const log = createLog({
    level: settings.logLevel,
    format: process.stderr.isTTY ? "text" : "json",
    clock: systemClock,
    write: standardError(),
  });
  return { clock: systemClock, random: systemRandom, ids: systemIds, digest: systemDigest, log, onFatal };
}
