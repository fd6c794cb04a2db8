import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { Random } from "#core/effects/random.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import { eventDocument } from "#core/hooks/event-document.ts";
import type { EventStore, WaitingEvent } from "#core/hooks/event-store.ts";
import { createHookMeter, type HookMeter } from "#core/hooks/hook-meter.ts";
import type { HookReceiver } from "#core/hooks/hook-receiver.ts";
import type { Part } from "#core/part.ts";

/** What the relay works with. */
export interface HookRelayParts {
  readonly events: EventStore;
  /** An event is told when all of them have taken it. */
  readonly receivers: readonly HookReceiver[];
  /** Longest time for one event at one receiver. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Pick<Random, "uniform">;
  readonly log: Log;
  readonly meter: Meter;
}

const lookEveryMs = 1_000;
/** Told at once, of different users. */
const atOnce = 8;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;
const keptTryingMs = 72 * 3_600_000;
/** Age alone parks nothing: after a long stop every event deserves some tries. */
const leastAttempts = 10;

/**
 * Tells receivers of events, those of one user in their order, each until it is taken or 72 hours old: at least once, so
 * that a receiver looks at the id. Nothing ever waits for it; what it has not told when the gateway ends is told later.
 */
export class HookRelay implements Part {
  readonly name = "hooks";
  readonly #parts: HookRelayParts;
  readonly #meter: HookMeter;
  #stopping = new AbortController();
  #cancelLook = (): void => {};
  #work: Promise<void> = Promise.resolve();
  /** Receivers that failed since all was told, so that an outage is one line. */
  readonly #failing = new Set<string>();
  #storeFailing = false;

  constructor(parts: HookRelayParts) {
    this.#parts = parts;
    this.#meter = createHookMeter(parts.meter);
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#lookLater();
  }

  /** Breaks off what is under way; it will be told again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new GatewayError("unavailable", "The gateway is stopping."));
    this.#cancelLook();
    await this.#work;
  }

  #lookLater(): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancelLook = this.#parts.clock.after(lookEveryMs, () => {
      this.#work = this.#tellAllDue().then(() => this.#lookLater());
    });
  }

  async #tellAllDue(): Promise<void> {
    const { events, clock, log } = this.#parts;
    try {
      for (;;) {
        const due = this.#stopping.signal.aborted ? [] : await events.dueEvents(clock.now(), atOnce);
        if (due.length === 0) break;
        await Promise.all(due.map((waiting) => this.#tellOne(waiting)));
      }
      const backlog = await events.eventBacklog();
      this.#meter.backlog(backlog, clock.now());
      if (backlog.waiting === 0) this.#recovered();
      this.#storeFailing = false;
    } catch (thrown) {
      if (!this.#storeFailing) log.error("hook_events_unreadable", { reason: toGatewayError(thrown).message });
      this.#storeFailing = true;
    }
  }

  async #tellOne(waiting: WaitingEvent): Promise<void> {
    const { events, clock } = this.#parts;
    try {
      await this.#tellReceivers(waiting);
    } catch (thrown) {
      if (!this.#stopping.signal.aborted) await this.#notTold(waiting, toGatewayError(thrown));
      return;
    }
    await events.eventTold(waiting.event.id, clock.now());
    this.#meter.attempted("told");
  }

  async #tellReceivers({ event }: WaitingEvent): Promise<void> {
    const { receivers, log } = this.#parts;
    const delivery = { id: event.id, type: event.type, body: eventDocument(event) };
    for (const receiver of receivers) {
      try {
        await this.#withinTime((signal) => receiver.tell(delivery, signal));
      } catch (thrown) {
        const { message } = toGatewayError(thrown);
        const isNew = !this.#failing.has(receiver.name) && !this.#stopping.signal.aborted;
        if (isNew) log.warn("hook_failing", { hook: receiver.name, reason: message });
        if (isNew) this.#failing.add(receiver.name);
        throw thrown;
      }
    }
  }

  /** Only when nothing is left to be told: one user's event that is never taken must not make every other one news. */
  #recovered(): void {
    for (const hook of this.#failing) this.#parts.log.info("hook_recovered", { hook });
    this.#failing.clear();
  }

  async #withinTime(tell: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, timeoutMs } = this.#parts;
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () =>
      late.abort(new GatewayError("upstream_timeout", `The hook did not take the event within ${timeoutMs} ms.`)),
    );
    try {
      await tell(AbortSignal.any([late.signal, this.#stopping.signal]));
    } finally {
      cancel();
    }
  }

  async #notTold({ event, attempts }: WaitingEvent, error: GatewayError): Promise<void> {
    const { events, clock, random, log } = this.#parts;
    const atMs = clock.now();
    const isOver = atMs - event.atMs >= keptTryingMs && attempts + 1 >= leastAttempts;
    // Full jitter, but never at once again: the least pause keeps a broken receiver from spinning.
    const ceilingMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts, 20));
    const pauseMs = Math.max(lookEveryMs / 2, Math.ceil(random.uniform() * ceilingMs));
    const nextAtMs = isOver ? undefined : atMs + pauseMs;
    await events.eventFailed(event.id, { atMs, nextAtMs, reason: error.message });
    this.#meter.attempted(isOver ? "parked" : "failed");
    if (isOver) log.error("hook_event_parked", { event_id: event.id, type: event.type, reason: error.message });
  }
}
