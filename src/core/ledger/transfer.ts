import type { TenantId } from "#core/effects/ids.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";

/** What an account of the books collects. Sums of all debits and of all credits are equal at every commit. */
const accountKinds = [
  "usage",
  "provider_payable",
  "exchange_receivable",
  "exchange_payable",
  "supply",
  "adjustment",
] as const;
export type AccountKind = (typeof accountKinds)[number];

/** An account by what names it: a tenant's usage or supply, what is owed to a provider or to the exchange. */
export interface AccountName {
  readonly kind: AccountKind;
  /** Tenant, or name of the provider. */
  readonly owner: TenantId | string;
}

/** Money moved from one account to another, for ever: a mistake is reversed by another transfer. */
export interface Transfer {
  /** Position in the node's chain of transfers, from 1 without gaps. */
  readonly seq: number;
  readonly atMs: number;
  readonly debit: AccountName;
  readonly credit: AccountName;
  /** Nano-dollars, above zero. */
  readonly amountNanos: bigint;
  readonly kind: "usage" | "supply" | "adjustment" | "reversal";
  /** Request id of the row of usage, or what an adjustment is for. */
  readonly ref: string;
  readonly priceVersion?: string;
}

/** Owner of what is owed for a call of which nobody knows who answered it. */
const unknownProvider = "unknown";

/**
 * The transfer that a row of usage brings; undefined where it costs nothing. What a tenant consumes is owed to the
 * provider, what it supplies the exchange owes to it. A negative cost moves back.
 */
export function transferOf(entry: LedgerEntry): Omit<Transfer, "seq"> | undefined {
  const { costNanos = 0n, tenantId, provider = unknownProvider, direction, priceVersion } = entry;
  if (costNanos === 0n) return undefined;
  const consumes = direction === "consume";
  const debit: AccountName = { kind: consumes ? "usage" : "exchange_receivable", owner: tenantId };
  const credit: AccountName = consumes
    ? { kind: "provider_payable", owner: provider }
    : { kind: "supply", owner: tenantId };
  const back = costNanos < 0n;
  return {
    atMs: entry.atMs,
    debit: back ? credit : debit,
    credit: back ? debit : credit,
    amountNanos: back ? -costNanos : costNanos,
    kind: back ? "reversal" : consumes ? "usage" : "supply",
    ref: entry.requestId,
    ...(priceVersion === undefined ? {} : { priceVersion }),
  };
}
