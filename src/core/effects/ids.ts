declare const brand: unique symbol;

/** A string that carries what it names, so that a user id is never passed where a key id is wanted. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One call of a model; shown to the caller as `x-request-id`. */
export type RequestId = Branded<"RequestId">;
/** A person or program that owns keys. */
export type UserId = Branded<"UserId">;
/** An API key, never the key itself. */
export type KeyId = Branded<"KeyId">;
/** A group of users that shares keys, budgets and books. */
export type TeamId = Branded<"TeamId">;
/** A limit on what may be spent. */
export type BudgetId = Branded<"BudgetId">;
/** A login that was proven by a code. */
export type SessionId = Branded<"SessionId">;
/** Something that happened and that somebody outside wants to hear of. */
export type EventId = Branded<"EventId">;
/** Whose data a row is. */
export type TenantId = Branded<"TenantId">;
/** One writer of the ledger, with a chain of its own. */
export type NodeId = Branded<"NodeId">;

/** Makes identifiers that sort by creation time (UUIDv7, RFC 9562) with the prefix of their kind. */
export interface Ids {
  request(): RequestId;
  user(): UserId;
  key(): KeyId;
  team(): TeamId;
  budget(): BudgetId;
  session(): SessionId;
  event(): EventId;
  node(): NodeId;
}
