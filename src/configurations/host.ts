import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids } from "#core/effects/ids.ts";
import type { Log, LogLevel } from "#core/effects/log.ts";
import type { Random } from "#core/effects/random.ts";
import type { GatewayError } from "#core/errors.ts";
import { systemClock, systemDigest, systemIds, systemRandom } from "#platform/effects.ts";
import { type LogLines, openLogLines } from "#platform/log-lines.ts";
import { createLog } from "#platform/log-sink.ts";
import type { Settings } from "#settings/settings.ts";

/** What a gateway takes from the machine it runs on. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly digest: Digest;
  readonly log: Log;
  /** The least level of lines that are written from now on. */
  readonly setLogLevel: (level: LogLevel) => void;
  /** Called when the gateway cannot go on safely: the process must end with the error's exit code. */
  readonly onFatal: (error: GatewayError) => void;
  /** Called when whoever may asks for the end: once the running work is done, or at once. */
  readonly onShutdown: (now: boolean) => void;
  /** Hears that a new configuration is about to be taken over, and that it was, or was refused. */
  readonly onReload: (phase: "begins" | "ended") => void;
  /** Hears that another process has taken over, and that it is gone and everything was taken back. */
  readonly onHandOver: (phase: "gone" | "back") => void;
}

/** What a process does when its gateway asks for something. */
export type HostHooks = Pick<Host, "onFatal" | "onShutdown">;

const nothing = (): void => undefined;

/** This machine as a command uses it: failures alone are logged, and whoever asked is told of the rest. */
export function commandHost(settings: Settings): Host {
  const hooks = { onFatal: nothing, onShutdown: nothing };
  return thisMachine({ ...settings, logLevel: "error" }, hooks, openLogLines(undefined, systemClock));
}

/** This machine: its clock, its randomness, and lines of log where the settings want them. */
export function thisMachine(
  settings: Settings,
  hooks: HostHooks,
  lines: LogLines = openLogLines(settings.logFile, systemClock),
): Host {
  const { format, write } = lines;
  const log = createLog({ level: settings.logLevel, format, clock: systemClock, write });
  return {
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    digest: systemDigest,
    log,
    setLogLevel: log.setLevel,
    onReload: nothing,
    onHandOver: nothing,
    ...hooks,
  };
}
