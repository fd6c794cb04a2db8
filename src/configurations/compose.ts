import { GatewayError } from "#core/errors.ts";
import type { FirstRootAdmin } from "#core/identity/root-admin.ts";
import { startParts, stopParts } from "#core/part.ts";
import { type Composition, composeBasic } from "#configurations/basic.ts";
import type { ConfigurationSource } from "#configurations/configuration-source.ts";
import { type Host, type HostHooks, thisMachine } from "#configurations/host.ts";
import { notServing, type Reloaded, type ReloadReason } from "#configurations/reloader.ts";
import { Takeover } from "#configurations/takeover.ts";
import type { LogLines } from "#platform/log-lines.ts";
import type { Settings } from "#settings/settings.ts";

/** A gateway as a program holds it. */
export interface RunningGateway {
  /** `http://host:port` once started. */
  readonly address: string;
  /** The root administrator that this start made, even one that failed later, with the only text of its key; else undefined. */
  readonly firstAdmin: FirstRootAdmin | undefined;
  /**
   * Resolves when requests are answered; rejects with a `GatewayError` whose exit code fits, everything undone. With `takesOver` a gateway
   * that runs on the same data directory gives way to this one, and goes on where this one cannot start.
   */
  start(how?: { readonly takesOver?: boolean }): Promise<void>;
  /** Readiness off, new work refused, running work awaited for at most `gateway.shutdown_grace`. */
  drain(): Promise<void>;
  /** Ends what still runs with an error in its own protocol and closes everything. Safe to call twice. */
  stop(): Promise<void>;
  /**
   * Takes a configuration over while it runs: `given`, else what its source reads anew. Requests that run keep the one they began
   * with; one that cannot be used changes nothing. Never throws: the answer says what came of it. Only between start and stop.
   */
  reload(reason: ReloadReason, given?: Settings): Reloaded;
  /** Rejects when the gateway cannot go on safely; the process must then end with the error's exit code. */
  readonly failed: Promise<never>;
}

/** What a program brings of its own; `lines` is where log lines go, in the place of what the settings say. */
export type HostOverrides = Partial<Host> & { readonly lines?: LogLines };

/**
 * Builds a gateway from its settings: the entry for the command line, for tests and for programs that embed one.
 * Nothing is opened before `start`. `source` is where they came from: it is read again when one of its files changes.
 */
export function createGateway(
  settings: Settings,
  { lines, ...overrides }: HostOverrides = {},
  source?: ConfigurationSource,
): RunningGateway {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const hooks: HostHooks = {
    onFatal: (error) => failure.reject(error),
    onShutdown: (now) => {
      const ended = now ? gateway.stop() : gateway.drain().then(() => gateway.stop());
      ended.catch((thrown: unknown) => failure.reject(thrown));
    },
  };
  const host: Host = { ...thisMachine(settings, hooks, lines), ...overrides };
  let composition: Composition | undefined;
  let takeover: Takeover | undefined;
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let isToEnd = false;
  const begin = async (takesOver: boolean) => {
    takeover = takesOver ? await Takeover.begin(settings, host) : undefined;
    try {
      composition = composeBasic(settings, host, source);
      composition.doors.isSuccessor = takeover !== undefined;
      await startParts(composition.parts);
      if (takeover !== undefined && isToEnd) {
        await stopParts(composition.parts);
        throw brokenOff();
      }
      takeover?.serve(composition.books);
    } catch (error) {
      await takeover?.fail();
      throw error;
    }
  };
  const end = async () => {
    // A start under way comes to its end first, or parts would start behind the back of their stop.
    await starting?.catch(() => undefined);
    await takeover?.stop();
    await stopParts(composition?.parts ?? []);
  };
  const gateway: RunningGateway = {
    failed: failure.promise,
    get address() {
      return composition?.doors.address ?? "";
    },
    get firstAdmin() {
      return composition?.rootAdmin.made;
    },
    start({ takesOver = false } = {}) {
      stopping = undefined;
      isToEnd = false;
      starting = begin(takesOver);
      return starting;
    },
    drain: async () => {
      isToEnd = true;
      await Promise.all([composition?.doors.drain(), takeover?.drain(settings.gateway.shutdownGraceMs)]);
    },
    stop: () => {
      isToEnd = true;
      stopping ??= end();
      return stopping;
    },
    reload: (reason, given) => composition?.reloader.reload(reason, given) ?? notServing,
  };
  return gateway;
}

function brokenOff(): GatewayError {
  return new GatewayError("unavailable", "Told to end before it served; the gateway that ran goes on.");
}
