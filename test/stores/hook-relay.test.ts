import { expect, test } from "bun:test";
import type { EventId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { Delivery } from "#core/hooks/hook-receiver.ts";
import { HookRelay } from "#core/hooks/hook-relay.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";
import { recordEvents } from "#integrations/stores/sqlite/events.ts";
import { inMemory } from "./engines.ts";

type Tell = (delivery: Delivery, signal: AbortSignal) => Promise<void>;

const hourMs = 3_600_000;

/** A relay over a store in memory, a receiver that a test writes, and time that it owns. */
function scene(tell: Tell, seed = 1) {
  const { stores, database } = inMemory();
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const random = new SequenceRandom(seed);
  const receivers = [{ name: "receiver", tell }];
  const parts = { events: stores.events, receivers, timeoutMs: 10_000, clock, random, log, meter };
  let count = 0;
  const happen = (userId: string): LifecycleEvent => {
    count += 1;
    const id = `evt_${count}` as EventId;
    const facts = { tenantId: userId, userId, actorId: "root", metadata: { key_id: `key_${count}` } };
    const event: LifecycleEvent = { id, type: "gateway.api_key.issued", atMs: clock.now(), ...facts };
    recordEvents(database, [event]);
    return event;
  };
  return { stores, clock, log, meter, random, happen, relay: () => new HookRelay(parts) };
}

const refuse = () => Promise.reject(new GatewayError("unavailable", "The webhook answered with status 500."));
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("L11: a receiver that takes, refuses and takes without saying so hears of every event once, those of a user in order, over 50 restarts", async () => {
  const books = new Map<string, string>();
  const orders = new Map<string, string[]>();
  const { stores, clock, random, happen, relay } = scene(async ({ id, body }, signal) => {
    const fate = random.uniform();
    if (fate < 0.3) return refuse();
    // A receiver's own guard against what comes twice.
    if (!books.has(id)) {
      books.set(id, body);
      const { user_id } = JSON.parse(body);
      orders.set(user_id, [...(orders.get(user_id) ?? []), id]);
    }
    if (fate < 0.5) return untilAborted(signal);
  }, 20_261_121);
  const expected = new Map<string, string[]>();
  for (let life = 0; life < 50; life += 1) {
    const running = relay();
    await running.start();
    for (let event = 0; event < 4; event += 1) {
      const { id, userId } = happen(`usr_${Math.floor(random.uniform() * 5)}`);
      expected.set(userId, [...(expected.get(userId) ?? []), id]);
    }
    await clock.run(random.uniform() * 20_000);
    await running.stop();
  }
  const last = relay();
  await last.start();
  for (let hour = 0; hour < 12 && (await stores.events.eventBacklog()).waiting > 0; hour += 1) await clock.run(hourMs);
  await last.stop();
  expect(books.size).toBe(200);
  expect(orders).toEqual(expected);
  expect(await stores.events.eventBacklog()).toEqual({ waiting: 0, parked: 0, oldestAtMs: undefined });
});

test("T-40: an outage of an hour is one line when it begins and one when it ends, however many events wait", async () => {
  let isUp = false;
  const { clock, log, meter, happen, relay } = scene(() => (isUp ? Promise.resolve() : refuse()));
  const running = relay();
  await running.start();
  for (let user = 0; user < 20; user += 1) happen(`usr_${user}`);
  await clock.run(hourMs);
  expect(log.events).toEqual(["hook_failing"]);
  expect(meter.value("tokligence_hook_waiting_events")).toBe(20);
  isUp = true;
  await clock.run(hourMs);
  await running.stop();
  expect(log.events).toEqual(["hook_failing", "hook_recovered"]);
  expect(meter.value("tokligence_hook_attempts_total", "told")).toBe(20);
  expect(meter.value("tokligence_hook_waiting_events")).toBe(0);
});

test("an event that nobody takes is given up after 72 hours and told to the operator once; others are told meanwhile", async () => {
  const told: string[] = [];
  const { stores, clock, log, happen, relay } = scene(async ({ id, body }) => {
    if (JSON.parse(body).user_id === "usr_bad") return refuse();
    told.push(id);
  });
  const running = relay();
  await running.start();
  const bad = happen("usr_bad");
  const good = happen("usr_good");
  await clock.run(hourMs);
  clock.stepWall(70 * hourMs);
  await clock.run(hourMs / 2);
  expect(told).toEqual([good.id]);
  expect(await stores.events.eventBacklog()).toMatchObject({ waiting: 1, parked: 0 });
  await clock.run(hourMs);
  await running.stop();
  expect(await stores.events.eventBacklog()).toEqual({ waiting: 0, parked: 1, oldestAtMs: undefined });
  const parked = log.lines.filter(({ event }) => event === "hook_event_parked");
  expect(parked.map(({ level, fields }) => [level, fields.event_id])).toEqual([["error", bad.id]]);
  expect(log.events).toEqual(["hook_failing", "hook_event_parked", "hook_recovered"]);
});

test("an event waits for the one before it of the same user, and never for another user's", async () => {
  const tried: string[] = [];
  const { clock, happen, relay } = scene(async ({ id, body }) => {
    tried.push(id);
    if (JSON.parse(body).user_id === "usr_1") return refuse();
  });
  const running = relay();
  await running.start();
  const [first, second, other] = [happen("usr_1"), happen("usr_1"), happen("usr_2")];
  await clock.run(hourMs);
  await running.stop();
  expect(new Set(tried)).toEqual(new Set([first.id, other.id]));
  expect(tried).not.toContain(second.id);
  expect(tried.filter((id) => id === other.id)).toHaveLength(1);
});

test("what was told is forgotten after its time, what waits never", async () => {
  const { stores, clock, happen, relay } = scene(async ({ body }) => {
    if (JSON.parse(body).user_id === "usr_bad") return refuse();
  });
  const running = relay();
  await running.start();
  for (let user = 0; user < 5; user += 1) happen(`usr_${user}`);
  happen("usr_bad");
  await clock.run(hourMs);
  await running.stop();
  expect(await stores.events.sweepEvents(clock.now() - hourMs, 100)).toBe(0);
  expect(await stores.events.sweepEvents(clock.now(), 3)).toBe(3);
  expect(await stores.events.sweepEvents(clock.now(), 3)).toBe(2);
  expect((await stores.events.eventBacklog()).waiting).toBe(1);
});

test("an event's document has the fields of the format and nothing else", async () => {
  const bodies: string[] = [];
  const { clock, happen, relay } = scene(async ({ body }) => void bodies.push(body));
  const running = relay();
  await running.start();
  happen("usr_1");
  await clock.run(2_000);
  await running.stop();
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    {
      id: "evt_1",
      type: "gateway.api_key.issued",
      occurred_at: "2026-01-01T00:00:00.000Z",
      tenant_id: "usr_1",
      user_id: "usr_1",
      actor_id: "root",
      metadata: { key_id: "key_1" },
    },
  ]);
});
