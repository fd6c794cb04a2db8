import type { Database } from "bun:sqlite";
import type { EventId } from "#core/effects/ids.ts";
import type { EventBacklog, EventFailure, EventStore, WaitingEvent } from "#core/hooks/event-store.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

interface EventRecord {
  readonly seq: number;
  readonly id: string;
  readonly type: LifecycleEvent["type"];
  readonly at: number;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly actor_id: string;
  readonly metadata: string;
  readonly attempts: number;
  readonly next_at: number;
}

interface BacklogRecord {
  readonly waiting: number;
  readonly parked: number;
  readonly oldest: number | null;
}

const firstOfEachUser = `SELECT e.* FROM (SELECT min(seq) AS seq FROM event WHERE state = 'waiting' GROUP BY user_id) AS first
  JOIN event AS e USING (seq) WHERE e.next_at <= ? ORDER BY e.seq LIMIT ?`;

const backlog = `SELECT (SELECT count(*) FROM event WHERE state = 'waiting') AS waiting,
  (SELECT count(*) FROM event WHERE ended_at IS NOT NULL AND state = 'parked') AS parked,
  (SELECT at FROM event WHERE seq = (SELECT min(seq) FROM event WHERE state = 'waiting')) AS oldest`;

/** Adds events to those that wait. Called inside the transaction of the change that they tell of. */
export function recordEvents(database: Database, events: readonly LifecycleEvent[]): void {
  const insert = database.query(`INSERT INTO event (id, type, at, tenant_id, user_id, actor_id, metadata, next_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?3)`);
  for (const { id, type, atMs, tenantId, userId, actorId, metadata } of events) {
    insert.run(id, type, atMs, tenantId, userId, actorId, JSON.stringify(metadata));
  }
}

/** `EventStore` on the writer's thread. */
export function eventCalls(database: Database, commits: Commits): AtOnce<EventStore> {
  const told = commits.durable(({ id, atMs }: { readonly id: EventId; readonly atMs: number }) => {
    database.query("UPDATE event SET state = 'told', ended_at = ?, reason = NULL WHERE id = ?").run(atMs, id);
  });
  const failed = commits.durable((input: EventFailure & { readonly id: EventId }) => fail(database, input));
  const sweep = commits.durable(({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }) => {
    const ended = "SELECT seq FROM event WHERE ended_at < ? ORDER BY ended_at LIMIT ?";
    return database.query(`DELETE FROM event WHERE seq IN (${ended})`).run(beforeMs, limit).changes;
  });
  return {
    dueEvents: (nowMs, limit) =>
      database.query<EventRecord, [number, number]>(firstOfEachUser).all(nowMs, limit).map(toWaiting),
    eventBacklog: () => toBacklog(database.query<BacklogRecord, []>(backlog).get()),
    eventTold: (id, atMs) => told({ id, atMs }),
    eventFailed: (id, failure) => failed({ id, ...failure }),
    sweepEvents: (beforeMs, limit) => sweep({ beforeMs, limit }),
  };
}

function fail(database: Database, { id, atMs, nextAtMs, reason }: EventFailure & { readonly id: EventId }): void {
  const again = "UPDATE event SET attempts = attempts + 1, reason = ?, next_at = ? WHERE id = ?";
  const parked = "UPDATE event SET attempts = attempts + 1, reason = ?, ended_at = ?, state = 'parked' WHERE id = ?";
  database.query(nextAtMs === undefined ? parked : again).run(reason, nextAtMs ?? atMs, id);
}

function toBacklog(record: BacklogRecord | null): EventBacklog {
  return { waiting: record?.waiting ?? 0, parked: record?.parked ?? 0, oldestAtMs: record?.oldest ?? undefined };
}

function toWaiting(record: EventRecord): WaitingEvent {
  return {
    seq: record.seq,
    attempts: record.attempts,
    nextAtMs: record.next_at,
    event: {
      id: record.id as EventId,
      type: record.type,
      atMs: record.at,
      tenantId: record.tenant_id,
      userId: record.user_id,
      actorId: record.actor_id,
      metadata: JSON.parse(record.metadata),
    },
  };
}
