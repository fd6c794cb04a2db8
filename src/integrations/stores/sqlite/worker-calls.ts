import type { LoadReport } from "#core/archive/archive-store.ts";
import type { AuditStore } from "#core/audit/audit-store.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { EventStore } from "#core/hooks/event-store.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { SessionStore } from "#core/session/session-store.ts";
import type { ErrorCode } from "#core/errors.ts";
import type { MergeInput } from "#integrations/stores/sqlite/archive/archive-merge.ts";

/** What the writer needs to open; `candidateNodeId` is taken when the database has none yet. */
export interface OpenWriter {
  readonly path: string;
  readonly maxPageCount: number | undefined;
  readonly candidateNodeId: string;
  readonly nowMs: number;
}

/** Calls by name; arguments and results survive structured cloning. */
export type CallTable = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a fresh thread answers: it becomes the writer or a reader. */
export type OpeningCalls = {
  readonly openWriter: (options: OpenWriter) => string;
  readonly openReader: (path: string) => void;
  readonly openArchive: () => void;
};

type Closing = { readonly close: () => void };

/** A store as the thread that has it keeps it: the same use cases, answered at once. */
export type AtOnce<Store> = {
  readonly [Method in keyof Store]: Store[Method] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Answer
    : never;
};

/** What the writing thread answers: every change, and reads that a change may hang on. */
export type WriterCalls = AtOnce<IdentityStore> &
  AtOnce<BudgetStore> &
  AtOnce<PriceStore> &
  AtOnce<AuditStore> &
  AtOnce<SessionStore> &
  AtOnce<EventStore> &
  AtOnce<IdempotencyStore> &
  LedgerWriter &
  ChainWriter &
  ArchiveWriter &
  Closing;

/** What the writing thread does for archives. */
export type ArchiveWriter = { readonly mergeArchive: (input: MergeInput) => LoadReport };

/** The writing half of the books; a batch crosses as the text of `encodeBatch`. */
export type LedgerWriter = {
  readonly settle: (batch: string) => Settled;
};

/** Use cases of the chains that the writing thread answers: changes, and what is asked so often that it must not start a reader. */
export const writtenChainCalls = ["chainEnds", "appendAnchor", "moveChainBase", "dropArchivedRows"] as const;

/** Anchors, and where chains begin and end. */
export type ChainWriter = Pick<AtOnce<EvidenceStore>, (typeof writtenChainCalls)[number]>;

/** Reports on the rows of the books. */
export type LedgerReports = Omit<AtOnce<LedgerStore>, "settle"> & Pick<AtOnce<EvidenceStore>, "scan">;

/** What is asked of the chains themselves. */
export type ChainReader = Omit<AtOnce<EvidenceStore>, "scan" | keyof ChainWriter>;

/** What the reading thread answers: reports, however long they take. */
export type ReaderCalls = LedgerReports & ChainReader & Closing;

/** One call on its way to the thread. */
export interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The answer to the call with this id. */
export type AnswerMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorMessage };

/** A `GatewayError` as plain values. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly cause: string;
}
