import type { Clock } from "#core/effects/clock.ts";
import { type ServiceManager, serviceManagerAt } from "#platform/sd-notify.ts";

/** What the word to a service manager is made with. */
export interface SupervisorParts {
  readonly clock: Clock;
  /** Undefined where nobody waits for word: then nothing is said. */
  readonly manager: ServiceManager | undefined;
  /** Within how many microseconds it wants to hear of the process it watches, again and again; undefined where it does not say. */
  readonly watchdogUs: number | undefined;
  /** Whether that is this process from the start. */
  readonly isWatched: boolean;
}

/** What our units say, for a process that was not told: a manager that does not watch makes nothing of a word too many. */
const usualWatchdogUs = 30_000_000;

/**
 * Keeps the service manager told: ready, reloading, stopping, and at half of its watchdog's time that this event loop turns. That
 * word comes from a timer, so a loop that hangs falls silent and is restarted.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;
  #watchdogUs: number | undefined;
  #cancel: (() => void) | undefined;
  #isOver = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#watchdogUs = parts.isWatched ? parts.watchdogUs : undefined;
  }

  /** Requests are answered. `mainPid` where this process takes the place, and the watchdog, of the one that the manager had started. */
  ready(status: string, mainPid?: number): void {
    this.#isOver = false;
    this.#parts.manager?.tell({ ...(mainPid === undefined ? {} : { MAINPID: mainPid }), READY: 1, STATUS: status });
    if (mainPid !== undefined) this.#watchdogUs = this.#parts.watchdogUs ?? usualWatchdogUs;
    if (this.#cancel === undefined) this.#watch();
  }

  /** A new configuration is being taken over; `ready` follows in any case. */
  reloading(): void {
    const { manager } = this.#parts;
    manager?.tell({ RELOADING: 1, MONOTONIC_USEC: manager.nowUs(), STATUS: "reloading" });
  }

  /** The end has begun and may take so long. The watchdog is told on: a drain that hangs is no drain. */
  stopping(longestMs: number): void {
    if (this.#isOver) return;
    this.#parts.manager?.tell({
      STOPPING: 1,
      STATUS: "draining",
      EXTEND_TIMEOUT_USEC: Math.ceil(longestMs * 1000),
    });
  }

  /** No more word until it is ready again: another process speaks, or nobody has to. */
  end(): void {
    this.#isOver = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #watch(): void {
    const { clock, manager } = this.#parts;
    if (manager === undefined || this.#watchdogUs === undefined) return;
    manager.tell({ WATCHDOG: 1 });
    this.#cancel = clock.after(this.#watchdogUs / 2000, () => this.#watch());
  }
}

/** The supervisor that the environment of a process names; hooks and other children are not to speak in its place. */
export function supervisorOf(environ: NodeJS.ProcessEnv, pid: number, clock: Clock): Supervisor {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: text, WATCHDOG_PID: watched } = environ;
  const microseconds = Number(text);
  return new Supervisor({
    clock,
    manager: serviceManagerAt(address),
    watchdogUs: microseconds > 0 ? microseconds : undefined,
    isWatched: watched === undefined || watched === String(pid),
  });
}
