import { LocalAdministration } from "#core/api/local-administration.ts";
import type { Administration } from "#core/api/administration.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { Random } from "#core/effects/random.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import type { Neighbours } from "#core/degradation/step.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";
import { Levels } from "#core/admission/level.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import type { Part } from "#core/part.ts";
import type { Host } from "#configurations/host.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import type { Settings } from "#settings/settings.ts";

/** Everything that lies in the data directory, and what is built on it alone. */
export interface Books {
  readonly administration: Administration;
  readonly authenticator: KeyAuthenticator;
  readonly bookkeeper: Bookkeeper;
  /** Users and keys, and the usage of keys. */
  readonly identity: IdentityStore;
  /** Why nothing can be served now, in words; empty when it can. */
  troubles(): readonly string[];
  /** How its stores are. While that of keys fails, this also asks it again from time to time. */
  neighbours(): Neighbours;
  readonly parts: readonly Part[];
}

/**
 * Identity and ledger on SQLite in the data directory, which it locks for itself. Reads (or makes) the master secret
 * at once; throws `config_invalid` or `unavailable` as the directory deserves.
 */
export function openBooks(settings: Settings, host: Host, meter: Meter): Books {
  const { clock, digest, ids, random, log, onFatal } = host;
  const lock = new DirectoryLock(settings.dataDir);
  const pepper = purposeKey(digest, lockedSecret(lock, settings.dataDir, random), "pepper", currentPepperId);
  const feed = new MemoryChangeFeed();
  const stores = new SqliteStores({ path: settings.database.path, ids, clock, digest, onFailure: onFatal });
  const spool = new SpoolFile({ directory: settings.dataDir });
  const bookkeeper = new Bookkeeper({ store: stores.ledger, spool, clock, log, meter, onFatal });
  const authenticator = new KeyAuthenticator({
    store: stores.identity,
    storeLayer: stores.name,
    digest,
    pepper,
    clock,
    feed,
    meter,
    log,
    keysRequired: settings.gateway.auth.enabled,
    degradationMode: settings.scheduling.degradationMode,
  });
  const administration = new LocalAdministration({
    identity: stores.identity,
    ledger: stores.ledger,
    ids,
    digest,
    pepper,
    random,
    clock,
    feed,
    keyKind: settings.environment === "live" ? "live" : "test",
    levels: levelsOf(settings),
  });
  const troubles = (): readonly string[] => [
    ...(bookkeeper.healthy() ? [] : ["the ledger cannot be written"]),
    ...(authenticator.refusing() ? ["API keys cannot be looked up"] : []),
  ];
  const keys = (): Neighbours["keys"] => {
    if (!authenticator.degraded()) return "all";
    return settings.scheduling.degradationMode === "fail_closed" ? "none" : "known";
  };
  const neighbours = (): Neighbours => ({ keys: keys(), rows: bookkeeper.rowsGo() });
  const parts = [lockPart(lock), stores, spool, bookkeeper];
  return { administration, authenticator, bookkeeper, identity: stores.identity, troubles, neighbours, parts };
}

/** How levels are settled, as configured. */
export function levelsOf({ scheduling }: Settings): Levels {
  return new Levels({
    count: scheduling.rules.levels.length,
    defaultLevel: scheduling.defaultLevel,
    enabled: scheduling.enabled && scheduling.priorityEnabled,
    rules: scheduling.priorityRules,
  });
}

/** Only who holds the directory may make its secret. */
function lockedSecret(lock: DirectoryLock, dataDir: string, random: Random): Uint8Array {
  lock.acquire();
  try {
    return loadMasterSecret(dataDir, random);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockPart(lock: DirectoryLock): Part {
  return { name: "lock", start: async () => lock.acquire(), stop: async () => lock.release() };
}
