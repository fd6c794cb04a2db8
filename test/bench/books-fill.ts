/**
 * Fills the data directory of a gateway that does not run: `bun books-fill.ts '{"directory":...}'` prints a `FilledBooks`.
 * Rows and keys are written by the store's own calls, only not synced each time: nothing here survives a power cut.
 */
import { join } from "node:path";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { TenantId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";
import { newSecret } from "#core/identity/new-secret.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import type { Role, User } from "#core/identity/user.ts";
import { Anchors } from "#core/evidence/anchors.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { anchorSigner } from "#configurations/evidence.ts";
import { encodeBatch } from "#integrations/stores/entry-text.ts";
import { Commits } from "#integrations/stores/sqlite/commits.ts";
import { openWriter } from "#integrations/stores/sqlite/database.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { settledNodeId } from "#integrations/stores/sqlite/node-identity.ts";
import { writerCalls } from "#integrations/stores/sqlite/thread-calls.ts";
import { systemDigest, systemIds, systemRandom } from "#platform/effects.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import type { BooksSize, FilledBooks } from "./books-filled.ts";

const batchRows = 500;
const days = 30;
const keysOfUser = 100;
const models = Array.from({ length: 10 }, (_, number) => `model-${number}`);
const providers = ["north", "south", "west"];

const size = JSON.parse(process.argv[2] ?? "{}") as BooksSize & { readonly directory: string };
const nowMs = Date.now();
const firstMs = nowMs - days * 86_400_000;
const master = loadMasterSecret(size.directory, systemRandom);
const pepper = purposeKey(systemDigest, master, "pepper", currentPepperId);
const database = openWriter({ path: join(size.directory, "gateway.db") });
database.run("PRAGMA synchronous = OFF");
database.run("PRAGMA cache_size = -262144");
migrate(database, migrations, firstMs);
const commits = new Commits(database);
const calls = writerCalls(database, commits, settledNodeId(database, commits, systemIds.node(), firstMs));

function createUser(number: number, role: Role): User {
  const id = systemIds.user();
  const user: User = {
    id,
    tenantId: id as string as TenantId,
    email: `user${number}@example.com`,
    name: `user ${number}`,
    role,
    status: "active",
    createdAtMs: firstMs,
  };
  calls.createUser(user, sampleTrail("createUser", id, firstMs));
  return user;
}

function createKey(
  name: string,
  owner: User,
  scopes: ApiKey["scopes"],
): { readonly key: ApiKey; readonly text: string } {
  const { text, digest } = newSecret({ digest: systemDigest, pepper, random: systemRandom }, "live");
  const { prefix } = digest;
  const { id: userId, tenantId } = owner;
  const key: ApiKey = { id: systemIds.key(), userId, tenantId, name, prefix, scopes, createdAtMs: firstMs };
  calls.createKey(key, digest, sampleTrail("createKey", key.id, firstMs));
  return { key, text };
}

const makeKeys = database.transaction(() => {
  let owner = createUser(0, "gateway_user");
  return Array.from({ length: size.keys }, (_, number) => {
    if (number > 0 && number % keysOfUser === 0) owner = createUser(number, "gateway_user");
    return createKey(`key ${number}`, owner, [...callerPermissions]);
  });
});

function settlementAt(row: number, { id: keyId, userId, tenantId }: ApiKey): Settlement {
  const model = models[Math.floor(Math.random() * models.length)] ?? "";
  const provider = providers[row % providers.length] ?? "";
  const atMs = firstMs + Math.floor((row * (nowMs - firstMs)) / size.rows);
  const costNanos = BigInt(1_000 + (row % 1_000_000));
  return sampleSettlement(systemIds.request(), { atMs, keyId, userId, tenantId, model, provider, costNanos });
}

const keys = makeKeys();
const admin = createKey("admin", createUser(size.keys, "root_admin"), ["usage:read", "keys:write", "keys:read"]);
const using = keys.slice(0, size.usedKeys);
const anchors = new Anchors({
  ledger: {
    chainEnds: async () => calls.chainEnds(),
    appendAnchor: async (anchor) => calls.appendAnchor(anchor),
  },
  signer: anchorSigner({ digest: systemDigest }, master),
  clock: new VirtualClock(firstMs),
  log: silentLog,
});
for (let row = 0; row < size.rows; row += batchRows) {
  const batch: Settlement[] = [];
  for (let next = row; next < Math.min(size.rows, row + batchRows); next += 1) {
    const { key } = using[Math.floor(Math.random() * using.length)] ?? admin;
    batch.push(settlementAt(next, key));
  }
  calls.settle(encodeBatch(batch));
  // As often as a gateway that runs: whoever stops anchors what is new.
  if (row % (2 * batchRows) !== 0) continue;
  await anchors.start();
  await anchors.stop();
}
calls.close();

const filled: FilledBooks = {
  adminKey: admin.text,
  callers: keys.slice(0, size.callers).map(({ key, text }) => ({ id: key.id, text })),
};
process.stdout.write(`${JSON.stringify(filled)}\n`);
