import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { EventId } from "#core/effects/ids.ts";
import type { EventStore } from "#core/hooks/event-store.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { user } from "./sample-identity.ts";

/** What every engine promises about events on their way out. */
export function eventSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`events on ${engine}`, () => {
    let stores: OpenStores;
    let store: EventStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.events;
    });
    afterEach(() => stores.close());

    const event = (id: number, userId: string, atMs = 1_000): LifecycleEvent => ({
      id: `evt_${id}` as EventId,
      type: "gateway.user.provisioned",
      atMs,
      tenantId: "team_1",
      userId,
      actorId: "root",
      metadata: { role: "gateway_user", active: true, uses: 0, team_id: null },
    });
    /** Events come in only with a change. */
    const happen = (name: string, ...events: readonly LifecycleEvent[]): Promise<void> =>
      stores.identity.createUser(user(name), { ...sampleTrail(), events });
    const due = async (nowMs: number): Promise<readonly string[]> =>
      (await store.dueEvents(nowMs, 10)).map((waiting) => waiting.event.id);

    test("an event comes back as it was written, with the change it tells of", async () => {
      await happen("a", event(1, "usr_a"));
      expect(await store.dueEvents(1_000, 10)).toEqual([
        { seq: 1, event: event(1, "usr_a"), attempts: 0, nextAtMs: 1_000 },
      ]);
      expect(await store.eventBacklog()).toEqual({ waiting: 1, parked: 0, oldestAtMs: 1_000 });
    });

    test("a change that fails leaves no event", async () => {
      await happen("a");
      expect(await rejectionOf(happen("a", event(1, "usr_a")))).toMatchObject({ code: "conflict" });
      expect(await store.eventBacklog()).toEqual({ waiting: 0, parked: 0, oldestAtMs: undefined });
    });

    test("of each user only the first that waits is due, oldest first", async () => {
      await happen("a", event(1, "usr_a"), event(2, "usr_b"), event(3, "usr_a"), event(4, "usr_c", 9_000));
      expect(await due(1_000)).toEqual(["evt_1", "evt_2"]);
      await store.eventTold("evt_1" as EventId, 2_000);
      expect(await due(1_000)).toEqual(["evt_2", "evt_3"]);
      expect(await due(9_000)).toEqual(["evt_2", "evt_3", "evt_4"]);
    });

    test("one that failed is due at its next time, holds the user's next back until then, and counts its attempts", async () => {
      await happen("a", event(1, "usr_a"), event(2, "usr_a"));
      await store.eventFailed("evt_1" as EventId, { atMs: 2_000, nextAtMs: 5_000, reason: "status 500" });
      expect(await due(4_999)).toEqual([]);
      expect(await store.dueEvents(5_000, 10)).toMatchObject([
        { event: { id: "evt_1" }, attempts: 1, nextAtMs: 5_000 },
      ]);
    });

    test("one that is parked lets the user's next go on, and is counted", async () => {
      await happen("a", event(1, "usr_a"), event(2, "usr_a", 1_500));
      await store.eventFailed("evt_1" as EventId, { atMs: 2_000, nextAtMs: undefined, reason: "status 500" });
      expect(await due(2_000)).toEqual(["evt_2"]);
      expect(await store.eventBacklog()).toEqual({ waiting: 1, parked: 1, oldestAtMs: 1_500 });
    });

    test("what ended before a time is forgotten in bounded steps, what waits never", async () => {
      await happen("a", event(1, "usr_a"), event(2, "usr_b"), event(3, "usr_c"), event(4, "usr_d"));
      for (const id of ["evt_1", "evt_2"] as const) await store.eventTold(id as EventId, 2_000);
      await store.eventFailed("evt_3" as EventId, { atMs: 3_000, nextAtMs: undefined, reason: "gone" });
      expect(await store.sweepEvents(2_000, 10)).toBe(0);
      expect(await store.sweepEvents(3_000, 1)).toBe(1);
      expect(await store.sweepEvents(9_999, 10)).toBe(2);
      expect(await store.sweepEvents(9_999, 10)).toBe(0);
      expect(await due(9_999)).toEqual(["evt_4"]);
    });
  });
}
