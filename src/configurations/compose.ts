import type { FirstRootAdmin } from "#core/identity/root-admin.ts";
import { startParts, stopParts } from "#core/part.ts";
import { type Composition, composeBasic } from "#configurations/basic.ts";
import { type Host, thisMachine } from "#configurations/host.ts";
import type { GatewayError } from "#core/errors.ts";
import type { Settings } from "#settings/settings.ts";

/** A gateway as a program holds it. */
export interface RunningGateway {
  /** `http://host:port` once started. */
  readonly address: string;
  /** The root administrator that this start made, even one that failed later, with the only text of its key; else undefined. */
  readonly firstAdmin: FirstRootAdmin | undefined;
  /** Resolves when requests are answered; rejects with a `GatewayError` whose exit code fits, everything undone. */
  start(): Promise<void>;
  /** Readiness off, new work refused, running work awaited for at most `gateway.shutdown_grace`. */
  drain(): Promise<void>;
  /** Ends what still runs with an error in its own protocol and closes everything. Safe to call twice. */
  stop(): Promise<void>;
  /** Rejects when the gateway cannot go on safely; the process must then end with the error's exit code. */
  readonly failed: Promise<never>;
}

/**
 * Builds a gateway from its settings: the entry for the command line, for tests and for programs that embed one.
 * Nothing is opened before `start`.
 */
export function createGateway(settings: Settings, overrides: Partial<Host> = {}): RunningGateway {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const host: Host = { ...thisMachine(settings, (error: GatewayError) => failure.reject(error)), ...overrides };
  let composition: Composition | undefined;
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  const begin = async () => {
    composition = composeBasic(settings, host);
    await startParts(composition.parts);
  };
  const end = async () => {
    // A start under way comes to its end first, or parts would start behind the back of their stop.
    await starting?.catch(() => undefined);
    await stopParts(composition?.parts ?? []);
  };
  return {
    failed: failure.promise,
    get address() {
      return composition?.doors.address ?? "";
    },
    get firstAdmin() {
      return composition?.rootAdmin.made;
    },
    start() {
      stopping = undefined;
      starting = begin();
      return starting;
    },
    drain: async () => composition?.doors.drain(),
    stop: () => (stopping ??= end()),
  };
}
