import { createHandlers } from "#core/administration/handlers.ts";
import type { Offering } from "#core/administration/offering.ts";
import type { Handlers } from "#core/api/operations.ts";
import { type Books, levelsOf } from "#configurations/books.ts";
import { toldEvents } from "#configurations/evidence.ts";
import type { Host } from "#configurations/host.ts";
import type { Settings } from "#settings/settings.ts";

/** What the operations ask of the gateway around the books. */
export interface HandlerSurroundings {
  readonly offering: () => Offering;
  /** Patterns of names that rules by time of day go by. */
  readonly ruledNames: () => readonly string[];
}

/** Every operation of `/api/v1` on these books. The offering is asked for at the first question that needs it. */
export function composeHandlers(settings: Settings, host: Host, books: Books, around: HandlerSurroundings): Handlers {
  const { offering, ruledNames } = around;
  const { clock, digest, ids, random } = host;
  const { stores, feed, pepper, signer, priceBook, bookkeeper, budgets, archivist } = books;
  return createHandlers({
    identity: stores.identity,
    budgets: stores.budgets,
    prices: stores.prices,
    audit: stores.audit,
    sessions: stores.sessions,
    ledger: stores.ledger,
    ids,
    digest,
    pepper,
    random,
    clock,
    feed,
    signer,
    priceBook,
    unpriced: settings.ledger.unpriced,
    offering,
    activeBudgets: budgets,
    record: (settlement) => bookkeeper.record(settlement),
    archivist,
    keyKind: settings.environment === "live" ? "live" : "test",
    levels: levelsOf(settings),
    ruledNames,
    maxKeysPerUser: settings.gateway.maxKeysPerUser,
    toldEvents: toldEvents(settings),
  });
}
