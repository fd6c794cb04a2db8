import type { Archivist } from "#core/archive/archivist.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { PriceBook } from "#core/catalog/price-book.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import type { Signer } from "#core/effects/signer.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { Random } from "#core/effects/random.ts";
import { type ChangeFeed, MemoryChangeFeed } from "#core/feed.ts";
import type { Neighbours } from "#core/degradation/step.ts";
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import { IdempotentCalls } from "#core/idempotency/idempotent-calls.ts";
import { LastUsed } from "#core/identity/last-used.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";
import { Levels } from "#core/admission/level.ts";
import { Anchors } from "#core/evidence/anchors.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { BudgetKeeper } from "#core/budgets/budget-keeper.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import { type Part, startParts } from "#core/part.ts";
import { SessionSecrets } from "#core/session/session-secrets.ts";
import { anchorSigner } from "#configurations/evidence.ts";
import { openArchivist } from "#configurations/archive.ts";
import type { Host } from "#configurations/host.ts";
import { Custody, type CustodyParts } from "#configurations/custody.ts";
import { openMasterSecret } from "#configurations/master-secret.ts";
import { refuseHalfRestored } from "#configurations/restore.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { aesSealer } from "#platform/aes-sealer.ts";
import { PepperFiles } from "#platform/pepper-files.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { type LoadedSettings, refuseOtherDatabase } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** Generation of the key that sessions are kept under. */
const cookieKeyId = "1";
/** Generation of the keys that idempotent calls are known by and their answers sealed with. */
const idempotencyKeyId = "1";

/** Everything that lies in the data directory, and what is built on it alone. */
export interface Books {
  readonly stores: SqliteStores;
  /** Who has the directory, and what changes hands with it. */
  readonly custody: Custody;
  readonly entrusted: CustodyParts;
  readonly feed: ChangeFeed;
  readonly authenticator: KeyAuthenticator;
  readonly bookkeeper: Bookkeeper;
  readonly budgets: Budgets;
  readonly priceBook: PriceBook;
  readonly archivist: Archivist;
  /** What new keys are stored under. */
  readonly pepper: Uint8Array;
  readonly sessionSecrets: SessionSecrets;
  readonly idempotent: IdempotentCalls;
  /** Signs the anchors of the books. */
  readonly signer: Signer;
  /** Why nothing can be served now, in words; empty when it can. */
  troubles(): readonly string[];
  /** How its stores are. While that of keys fails, this also asks it again from time to time. */
  neighbours(): Neighbours;
  readonly parts: readonly Part[];
  /** Those of them that only who has the directory may run. */
  readonly duties: readonly Part[];
  /** Its parts for a command while it is stopped: nothing is signed, since every anchor stands in the log of who serves. */
  readonly commandParts: readonly Part[];
}

/**
 * All stores on SQLite in the data directory, which it locks for itself. Reads (or makes) the master secret at once;
 * throws `config_invalid` or `unavailable` as the directory deserves.
 */
export function openBooks(settings: Settings, host: Host, meter: Meter): Books {
  const { clock, digest, ids, random, log, onFatal } = host;
  const lock = new DirectoryLock(settings.dataDir);
  const master = lockedSecret(lock, settings, random);
  const pepper = purposeKey(digest, master, "pepper", currentPepperId);
  const sessionSecrets = new SessionSecrets(digest, purposeKey(digest, master, "cookie", cookieKeyId), random);
  const signer = anchorSigner(host, master);
  const feed = new MemoryChangeFeed();
  const stores = new SqliteStores({ path: settings.database.path, ids, clock, onFailure: onFatal });
  const idempotent = new IdempotentCalls({
    store: stores.idempotency,
    sealer: aesSealer(purposeKey(digest, master, "answers", idempotencyKeyId), random),
    digestKey: purposeKey(digest, master, "idempotency", idempotencyKeyId),
    digest,
    clock,
    log,
  });
  const peppers = new PepperFiles(settings.dataDir, currentPepperId, pepper);
  const archivist = openArchivist(settings, host, stores.archive, peppers);
  const spool = new SpoolFile({ directory: settings.dataDir, syncNames: syncDirectory });
  const held = { store: stores.ledger, holds: stores.budgets, spool };
  const bookkeeper = new Bookkeeper({ ...held, clock, log, meter, onFatal });
  const custody = new Custody(settings.dataDir, lock);
  const { predecessor } = custody;
  const budgets = new BudgetKeeper({ store: stores.budgets, bookkeeper, feed, predecessor, clock, log });
  const priceBook = new PriceBook({ store: stores.prices, feed, embedded: embeddedPriceList(), clock, log });
  const lastUsed = new LastUsed({ store: stores.identity, clock });
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
    lastUsed,
    otherPeppers: () => peppers.all().flatMap(([id, other]) => (id === currentPepperId ? [] : [other])),
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
  // Stopped after the bookkeeper: the last rows are anchored too.
  const anchors = new Anchors({ ledger: stores.ledger, signer, clock, log });
  const below = [custody, archivist, stores, spool];
  const above = [bookkeeper, budgets, priceBook, lastUsed];
  const parts = { parts: [...below, anchors, ...above], commandParts: [...below, ...above], duties: [anchors] };
  const built = {
    custody,
    entrusted: { stores, spool, bookkeeper },
    stores,
    feed,
    authenticator,
    bookkeeper,
    budgets,
    priceBook,
    archivist,
  };
  return { ...built, ...parts, pepper, sessionSecrets, idempotent, signer, troubles, neighbours };
}

/**
 * Opens and starts the books for a command of a stopped gateway; stop its `commandParts` to give the data directory back. Rejects
 * with `unavailable` if somebody else holds it, with `config_invalid` where another database is asked for.
 */
export async function startCommandBooks(loaded: LoadedSettings, host: Host): Promise<Books> {
  refuseOtherDatabase(loaded);
  const books = openBooks(loaded.settings, host, nullMeter);
  await startParts(books.commandParts);
  return books;
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
function lockedSecret(lock: DirectoryLock, settings: Settings, random: Random): Uint8Array {
  lock.acquire();
  try {
    refuseHalfRestored(settings.dataDir);
    return openMasterSecret(settings, random);
  } catch (error) {
    lock.release();
    throw error;
  }
}
