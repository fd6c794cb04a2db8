import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import { RateGuard } from "#core/limits/rate-guard.ts";
import { RefusalLog } from "#http/refusal-log.ts";
import { type DoorLadder, RunningCalls } from "#http/running-calls.ts";

/** What the state of the doors is built from. */
export interface DoorStateParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly maxConcurrentRequests: number;
  /** Says when new work is refused; absent where that never happens. */
  readonly ladder?: DoorLadder;
}

/** Keys that one address may show in vain; whoever tries more is told to stop. */
const failedKeysPerMinute = 120;
/** Refusals of one caller, and addresses of all, that are written to the audit; those beyond it stand in the log alone. */
const auditedPerMinute = 60;

/** What the doors keep between requests: it outlives the app of one configuration. */
export class DoorState {
  readonly running: RunningCalls;
  readonly refusals: RefusalLog;
  /** Keys shown in vain, by address. */
  readonly failedKeys: RateGuard;
  /** Refusals written to the audit, by caller. */
  readonly audited: RateGuard;
  /** Addresses written to the audit for the keys they tried. */
  readonly auditedAddresses: RateGuard;

  constructor({ clock, log, maxConcurrentRequests, ladder }: DoorStateParts) {
    this.running = new RunningCalls(clock, maxConcurrentRequests, ladder);
    this.refusals = new RefusalLog({ clock, log });
    this.failedKeys = new RateGuard(clock, failedKeysPerMinute);
    this.audited = new RateGuard(clock, auditedPerMinute);
    this.auditedAddresses = new RateGuard(clock, 1);
  }
}
