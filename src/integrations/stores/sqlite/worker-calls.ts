import type { ErrorCode } from "#core/errors.ts";
import type { UsageReport } from "#integrations/stores/sqlite/usage-report.ts";
import type { IdentityTables } from "#integrations/stores/sqlite/identity.ts";
import type { LedgerTable } from "#integrations/stores/sqlite/ledger.ts";

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
};

type Closing = { readonly close: () => void };

/** What the writing thread answers. */
export type WriterCalls = Pick<
  IdentityTables,
  | "createUser"
  | "listUsers"
  | "findUser"
  | "createKey"
  | "findKey"
  | "listKeys"
  | "revokeKey"
  | "updateKeyPolicy"
  | "saveQuotaUsage"
  | "findKeyByHash"
> &
  Pick<LedgerTable, "settle" | "tail"> &
  Closing;

/** What the reading thread answers. */
export type ReaderCalls = Pick<UsageReport, "summary" | "logs" | "scan"> & Closing;

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
