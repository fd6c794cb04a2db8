import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import { noCursor } from "#core/api/paging.ts";
import type { TeamId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { KeyOwner, KeyQuery } from "#core/identity/identity-store.ts";
import {
  type KeyRecord,
  selectKeys,
  toKey,
  toUser,
  type UserRecord,
} from "#integrations/stores/sqlite/identity/identity-records.ts";
import type { KeyCalls } from "#integrations/stores/sqlite/identity/keys.ts";

/** What each condition of a question adds to it. */
const conditions: { readonly [Name in Exclude<keyof KeyQuery, "limit">]-?: string } = {
  after: "(k.created_at, k.id) > (SELECT created_at, id FROM api_key WHERE id = $after)",
  userId: "k.user_id = $userId",
  teamId: "k.team_id = $teamId",
  parentId: "k.parent_id = $parentId",
  label: "k.id IN (SELECT key_id FROM key_label WHERE label = $label)",
  visibleTo: "(k.user_id = $seenUser OR k.team_id IN (SELECT value FROM json_each($seenTeams)))",
};

/** The questions about keys. */
export function keyReads(
  database: Database,
): Pick<KeyCalls, "findKey" | "listKeys" | "findKeyByHash" | "hasForeignKeys" | "countWorkingKeys"> {
  const keyById = database.query<KeyRecord, [string]>(`${selectKeys} WHERE k.id = ?`);
  const working = database.query<{ count: number }, [string, number]>(
    `SELECT count(*) AS count FROM api_key WHERE user_id = ? AND revoked_at IS NULL
     AND (expires_at IS NULL OR expires_at > ?)`,
  );
  const foreign = database.query<{ found: number }, []>(
    "SELECT EXISTS (SELECT 1 FROM api_key WHERE substr(prefix, 1, 4) <> 'tok_') AS found",
  );
  return {
    findKey(id) {
      const key = keyById.get(id);
      return key === null ? undefined : toKey(key);
    },
    listKeys(query) {
      const { after, visibleTo } = query;
      if (after !== undefined && !isSeen(keyById.get(after), visibleTo)) throw noCursor();
      return visibleKeys(database, query);
    },
    findKeyByHash: keyByHash(database, keyById),
    hasForeignKeys: () => foreign.get()?.found === 1,
    countWorkingKeys: (userId, nowMs) => working.get(userId, nowMs)?.count ?? 0,
  };
}

/** Of whom the asker sees, each has an index of its own: a page of each is read, however many keys there are. */
function visibleKeys(database: Database, query: KeyQuery): readonly ApiKey[] {
  const { visibleTo, ...plain } = query;
  if (visibleTo === undefined || plain.userId !== undefined || plain.teamId !== undefined) {
    return pageOfKeys(database, query);
  }
  const owners = [{ userId: visibleTo.userId }, ...visibleTo.teamIds.map((teamId) => ({ teamId }))];
  const found = owners.flatMap((owner) => pageOfKeys(database, { ...plain, ...owner }));
  const unique = new Map(found.map((key) => [key.id, key]));
  return [...unique.values()].sort(byCreation).slice(0, query.limit);
}

function isSeen(key: KeyRecord | null, visibleTo: KeyQuery["visibleTo"]): boolean {
  if (key === null || visibleTo === undefined) return key !== null;
  return key.user_id === visibleTo.userId || visibleTo.teamIds.some((id) => id === key.team_id);
}

function byCreation(a: ApiKey, b: ApiKey): number {
  return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
}

function pageOfKeys(database: Database, query: KeyQuery): readonly ApiKey[] {
  const { visibleTo, ...plain } = query;
  const given = Object.entries(conditions).filter(([name]) => query[name as keyof KeyQuery] !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([, condition]) => condition).join(" AND ")}`;
  const bindings: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) bindings[`$${name}`] = value;
  if (visibleTo !== undefined) {
    bindings.$seenUser = visibleTo.userId;
    bindings.$seenTeams = JSON.stringify(visibleTo.teamIds);
  }
  return database
    .query<KeyRecord, SQLQueryBindings>(`${selectKeys} ${where} ORDER BY k.created_at, k.id LIMIT $limit`)
    .all(bindings)
    .map(toKey);
}

/** One look-up where the digest is a key's own, a second one where it may be of a secret that the key was rotated from. */
function keyByHash(
  database: Database,
  keyById: Statement<KeyRecord, [string]>,
): (tokenHash: Uint8Array) => KeyOwner | undefined {
  const own = database.query<KeyRecord, [Uint8Array]>(`${selectKeys} WHERE k.token_hash = ?`);
  const former: Statement<KeyRecord & { readonly valid_until: number }, [Uint8Array]> = database.query(
    `SELECT found.*, t.valid_until FROM key_token AS t JOIN (${selectKeys}) AS found ON found.id = t.key_id
     WHERE t.token_hash = ?`,
  );
  const userById = database.query<UserRecord, [string]>("SELECT * FROM user WHERE id = ?");
  const adminOf = database.query<{ team_id: string }, [string]>(
    "SELECT team_id FROM membership WHERE user_id = ? AND role = 'admin'",
  );
  const withOwner = (found: KeyRecord | null): KeyOwner | undefined => {
    const user = found === null ? null : userById.get(found.user_id);
    if (found === null || user === null) return undefined;
    const teams = adminOf.all(found.user_id).map(({ team_id }) => team_id as TeamId);
    return { key: toKey(found), user: toUser(user), adminOf: teams };
  };
  return (tokenHash) => {
    const found = withOwner(own.get(tokenHash) ?? withItsEnd(former.get(tokenHash)));
    if (found?.key.parentId === undefined) return found;
    // One step up is all there is: a key that was made by a key makes none.
    const parent = withOwner(keyById.get(found.key.parentId));
    return parent === undefined ? found : { ...found, parent };
  };
}

/** A secret that was rotated away ends when its time is over, or with its key. */
function withItsEnd(record: (KeyRecord & { readonly valid_until: number }) | null): KeyRecord | null {
  if (record === null) return null;
  return { ...record, expires_at: Math.min(record.valid_until, record.expires_at ?? Number.POSITIVE_INFINITY) };
}
