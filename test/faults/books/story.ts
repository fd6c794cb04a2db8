import { Database } from "bun:sqlite";
import { join } from "node:path";
import { withKey, postJson } from "../../harness/client.ts";
import { control, createBudget, setPrice } from "../../harness/money.ts";
import { type AcknowledgedCall, makeCall } from "./acknowledged-calls.ts";
import { type DataDirectory, faultsOf, tallyCalls } from "./books-state.ts";
import { callOf, price, type Wanted } from "./paid-provider.ts";

/** A gateway that answers at `url` and keeps its data in `configDir`. */
export interface Teller extends DataDirectory {
  readonly url: string;
}

/** A key, and the only text of it. */
interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

/** What was acknowledged of a story, as far as it came. */
export interface Seen {
  /** That no budget bounds. */
  freeKey?: IssuedKey;
  /** What the free key was rotated to; its first secret works on for longer than any test. */
  rotated?: IssuedKey;
  key?: IssuedKey;
  budgetId?: string;
  readonly calls: AcknowledgedCall[];
  isRevoked: boolean;
}

const wholeCall: Wanted = { speaks: "chat", inputTokens: 11, outputTokens: 7, isStreamed: false, silenceMs: 0 };
const keyName = "story";
const owner = "ada@example.com";

/** Whether everything in a story was acknowledged. */
export function isWhole({ budgetId, calls, isRevoked, rotated }: Seen): boolean {
  return budgetId !== undefined && calls.length === 3 && isRevoked && rotated !== undefined;
}

/** What a story needs to be there: a user and a price. May be repeated. */
export async function furnishStory(gateway: DataDirectory): Promise<void> {
  await setPrice(gateway, "test-model", price);
  const { data } = (await control(gateway, "GET", "/users")) as { data: readonly { email: string }[] };
  if (!data.some(({ email }) => email === owner)) await control(gateway, "POST", "/users", { email: owner });
}

/**
 * Makes a key and a call with it, rotates it, makes another key, a hard budget on that, two calls that it pays, and revokes the
 * second key; notes in `seen` what was acknowledged. A step that fails is tried three times in all, since some faults pass.
 */
export async function tellStory(gateway: Teller, seen: Seen): Promise<void> {
  await tried(async () => {
    seen.freeKey = await newKey(gateway);
  });
  await calling(gateway, seen, seen.freeKey, false);
  const { freeKey } = seen;
  if (freeKey === undefined) return;
  await tried(async () => {
    const body = { overlap_seconds: 3_600 };
    seen.rotated = (await control(gateway, "POST", `/keys/${freeKey.id}/rotate`, body)) as IssuedKey;
  });
  await tried(async () => {
    seen.key = await newKey(gateway);
  });
  const { key } = seen;
  if (key === undefined) return;
  await tried(async () => {
    seen.budgetId = (await createBudget(gateway, { scope: `key:${key.id}`, limit_usd: "1" })).id;
  });
  await calling(gateway, seen, key, true);
  await calling(gateway, seen, key, false);
  await tried(async () => {
    await control(gateway, "DELETE", `/keys/${key.id}`);
    seen.isRevoked = true;
  });
}

/** A new key of the user that `furnishStory` made, with a policy, which is filed under the digest of its secret. */
export async function newKey(gateway: DataDirectory): Promise<IssuedKey> {
  const body = { user: owner, name: keyName, models: ["test-model"] };
  return (await control(gateway, "POST", "/keys", body)) as IssuedKey;
}

async function calling(gateway: Teller, seen: Seen, key: IssuedKey | undefined, isStreamed: boolean): Promise<void> {
  if (key === undefined) return;
  await tried(async () => {
    const end = await makeCall(gateway, key.key, { ...wholeCall, isStreamed });
    if (end === "cut" || "refused" in end) throw new Error("Not acknowledged.");
    seen.calls.push(end.acknowledged);
  });
}

async function tried(step: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      return await step();
    } catch {
      // Not acknowledged: nothing is promised of it.
    }
  }
}

/** What a sound gateway on the same data does not keep of a story, in words; empty when everything acknowledged is there. */
export async function storyFaults(gateway: Teller, seen: Seen): Promise<readonly string[]> {
  const { lost, doubled, wrong } = tallyCalls(gateway, seen.calls);
  const faults = [...(await faultsOf(gateway)), ...halfDone(gateway)];
  if (lost + doubled + wrong > 0)
    faults.push(`of ${seen.calls.length} calls: ${lost} lost, ${doubled} doubled, ${wrong} wrong`);
  const { freeKey, rotated, key, budgetId } = seen;
  const isThere = (path: string): Promise<boolean> => control(gateway, "GET", path).then(Boolean, () => false);
  for (const made of [freeKey, key]) {
    if (made !== undefined && !(await isThere(`/keys/${made.id}`))) faults.push(`the key ${made.id} is gone`);
  }
  if (budgetId !== undefined && !(await isThere(`/budgets/${budgetId}`))) faults.push("the budget is gone");
  if (key !== undefined && seen.isRevoked) faults.push(...(await unlike(401, gateway, key, "the revoked key")));
  // A first secret works whether its key was rotated or not, the second where that was acknowledged.
  if (freeKey !== undefined) faults.push(...(await unlike(200, gateway, freeKey, "the first secret of a key")));
  if (rotated !== undefined) faults.push(...(await unlike(200, gateway, rotated, "the second secret of a key")));
  const after: Seen = { calls: [], isRevoked: false };
  await tellStory(gateway, after);
  if (!isWhole(after)) faults.push("it does not go on working");
  return faults;
}

/** A word on it where a call with this key is not answered so. */
async function unlike(status: number, gateway: Teller, { key }: IssuedKey, name: string): Promise<string[]> {
  const { path, body } = callOf(wholeCall);
  const answer = await postJson(`${gateway.url}${path}`, body, withKey(key));
  await answer.text();
  return answer.status === status ? [] : [`${name} is answered with ${answer.status}`];
}

/** A change without its record, or a record without its change. */
const halves = {
  "keys without exactly one record of their making": `SELECT count(*) AS count FROM api_key k WHERE name = '${keyName}'
    AND (SELECT count(*) FROM audit WHERE action = 'createKey' AND outcome = 'done' AND target_id = k.id) <> 1`,
  "records of keys that are not there": `SELECT count(*) AS count FROM audit WHERE action = 'createKey' AND outcome = 'done'
    AND target_id NOT IN (SELECT id FROM api_key)`,
  "keys revoked without a record, or recorded as revoked and not": `SELECT count(*) AS count FROM api_key k
    WHERE name = '${keyName}' AND (revoked_at IS NOT NULL) <> (SELECT count(*) > 0 FROM audit
    WHERE action = 'revokeKey' AND outcome = 'done' AND target_id = k.id)`,
  "keys without exactly one former secret for each rotation recorded": `SELECT count(*) AS count FROM api_key k
    WHERE name = '${keyName}' AND revoked_at IS NULL AND (SELECT count(*) FROM key_token WHERE key_id = k.id) <>
    (SELECT count(*) FROM audit WHERE action = 'rotateKey' AND outcome = 'done' AND target_id = k.id)`,
  "keys whose policy is not filed under their secret": `SELECT count(*) AS count FROM api_key k
    WHERE name = '${keyName}' AND NOT EXISTS (SELECT 1 FROM token_metadata m WHERE m.token_hash = k.token_hash)`,
  "budgets without exactly one record of their making": `SELECT count(*) AS count FROM budget b WHERE
    (SELECT count(*) FROM audit WHERE action = 'createBudget' AND outcome = 'done' AND target_id = b.id) <> 1`,
} as const;

function halfDone({ configDir }: DataDirectory): string[] {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  return Object.entries(halves).flatMap(([what, sql]) => {
    const count = database.query<{ count: number }, []>(sql).get()?.count ?? 0;
    return count === 0 ? [] : [`${count} ${what}`];
  });
}
