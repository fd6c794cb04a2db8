import type { Levels } from "#core/admission/level.ts";
import type { Offering } from "#core/administration/offering.ts";
import type { Archivist } from "#core/archive/archivist.ts";
import type { AuditStore } from "#core/audit/audit-store.ts";
import type { PriceBook } from "#core/catalog/price-book.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids } from "#core/effects/ids.ts";
import type { Random } from "#core/effects/random.ts";
import type { Signer } from "#core/effects/signer.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { LifecycleEventType } from "#core/hooks/lifecycle-event.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { UnpricedRule } from "#core/ledger/price-snapshot.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { SessionStore } from "#core/session/session-store.ts";

/** What the operations work on. Handlers name the few they need (`Pick<HandlerParts, ...>`). */
export interface HandlerParts {
  readonly identity: IdentityStore;
  readonly budgets: BudgetStore;
  readonly prices: PriceStore;
  readonly audit: AuditStore;
  readonly sessions: SessionStore;
  readonly ledger: LedgerStore & EvidenceStore;
  readonly priceBook: PriceBook;
  /** What a report of a model without a price costs: nothing where those are free, else it is not known. */
  readonly unpriced: UnpricedRule;
  readonly activeBudgets: Pick<Budgets, "of">;
  /** Resolves when the settlement would survive power loss. */
  readonly record: (settlement: Settlement) => Promise<unknown>;
  readonly archivist: Archivist;
  /** Made at the first question that needs it. */
  readonly offering: () => Offering;
  readonly ids: Ids;
  readonly digest: Digest;
  /** Has the key that anchors are signed with. */
  readonly signer: Signer;
  /** The pepper of generation `currentPepperId`. */
  readonly pepper: Uint8Array;
  readonly random: Random;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly feed: ChangeFeed;
  readonly keyKind: "live" | "test";
  readonly levels: Levels;
  /** Patterns of names of keys and of e-mails that rules by time of day go by, those that do not hold now included. */
  readonly ruledNames: () => readonly string[];
  /** Working keys of a user, beyond which administrators alone make more. */
  readonly maxKeysPerUser: number;
  /** Events that somebody outside is told of; empty where no hook is configured, and then none is written. */
  readonly toldEvents: ReadonlySet<LifecycleEventType>;
}
