import type { z } from "zod";
import { requireKey } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { invalidField } from "#core/api/invalid-field.ts";
import { recordOf } from "#core/administration/trail.ts";
import type { Caller } from "#core/api/operation.ts";
import type { usageOperations } from "#core/api/usage.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { PriceBook } from "#core/catalog/price-book.ts";
import { acceptableUsage } from "#core/chat/acceptable-usage.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { RequestId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { Budgets } from "#core/budgets/budgets.ts";
import { type LedgerEntry, reportProtocol, type ReportedEvent } from "#core/ledger/entry.ts";
import { PriceSnapshot, type UnpricedRule } from "#core/ledger/price-snapshot.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

/** Usage as it is reported. */
type UsageReport = z.output<typeof usageOperations.reportUsage.input>;

/** On whose account a report goes. */
type Account = Pick<Principal, "tenantId" | "userId" | "keyId" | "parentId" | "teamId" | "labels">;

/** What reports of usage are taken with. */
export interface UsageReportParts extends Pick<HandlerParts, "ledger" | "identity" | "audit" | "clock"> {
  readonly priceBook: Pick<PriceBook, "current">;
  /** Says whether usage of a model without a price costs nothing; else what it costs is not known. */
  readonly unpriced: UnpricedRule;
  readonly activeBudgets: Pick<Budgets, "of">;
  /** Resolves when the settlement would survive power loss. */
  readonly record: (settlement: Settlement) => Promise<unknown>;
}

/** Takes usage that happened elsewhere into the books, each event once. */
export class UsageReports {
  readonly #parts: UsageReportParts;

  constructor(parts: UsageReportParts) {
    this.#parts = parts;
  }

  /**
   * The row of the event, which is the stored one when the same was reported before, however long ago. Rejects with
   * `conflict` when it was reported with other facts, with `invalid_request` for counts that nothing can have.
   */
  async take(report: UsageReport, caller: Caller): Promise<ReportedEvent> {
    const { principal } = caller;
    const { ledger, audit, record } = this.#parts;
    const account = await this.#accountOf(report, principal);
    const entry = this.#entryOf(report, usageOf(report), account);
    const known = await ledger.reported(entry.requestId);
    if (known !== undefined) return sameFacts(known, entry);
    // Before, so that nothing is booked that nobody is known to have reported.
    await audit.appendAudit(this.#trailOf(entry, caller));
    await record({ entry, postings: this.#postingsOf(entry, account, principal) });
    const written = await ledger.reported(entry.requestId);
    if (written !== undefined) return sameFacts(written, entry);
    // Kept in the spool: durable, but without a place in the books yet.
    throw new GatewayError("storage_failed", "The report is kept, but the books cannot be read now: report it again.");
  }

  async #accountOf({ key }: UsageReport, principal: Principal): Promise<Account> {
    if (key === undefined) return principal;
    const { id, ...owner } = await requireKey(this.#parts.identity, key, sightOf(principal));
    return { ...owner, keyId: id };
  }

  #trailOf({ requestId, direction, provider, model, keyId }: LedgerEntry, caller: Caller): AuditRecord {
    const details = { direction, provider, model, ...(keyId !== undefined && { key_id: keyId }) };
    const note = { action: "reportUsage", target: { kind: "usage", id: requestId }, details };
    return recordOf(this.#parts, caller, "done", note);
  }

  /** Event ids are the reporter's to choose, so they are told apart by account, and from the ids of requests. */
  #entryOf(report: UsageReport, usage: Usage, account: Account): LedgerEntry {
    const { event_id, direction, provider, model } = report;
    const snapshot = new PriceSnapshot(this.#parts.priceBook.current(), this.#parts.unpriced);
    const cost = snapshot.cost(usage, { answered: undefined, asked: model }, { name: provider, type: provider });
    const tags = [...new Set(account.labels ?? [])].toSorted();
    return {
      requestId: `report:${account.tenantId}:${event_id}` as RequestId,
      atMs: this.#parts.clock.now(),
      tenantId: account.tenantId,
      userId: account.userId,
      keyId: account.keyId,
      direction,
      operation: "chat",
      protocol: reportProtocol,
      provider,
      requestedModel: model,
      model,
      stream: false,
      outcome: "finished",
      httpStatus: 200,
      ...usage,
      usageSource: "counted",
      costNanos: cost?.nanos,
      priceVersion: cost?.priceVersion,
      latencyMs: 0,
      queueMs: 0,
      attempts: 0,
      teamId: account.teamId,
      tags: tags.length === 0 ? undefined : tags.join(","),
    };
  }

  /** It happened already: budgets are told, none can refuse it. */
  #postingsOf({ direction, atMs }: LedgerEntry, account: Account, principal: Principal): Settlement["postings"] {
    if (direction === "supply") return [];
    const { kind, permissions } = principal;
    return this.#parts.activeBudgets.of({ ...account, kind, permissions }, account.labels ?? [], atMs)?.postings ?? [];
  }
}

function usageOf(report: UsageReport): Usage {
  const usage: Usage = {
    ...(report.input_tokens !== undefined && { inputTokens: report.input_tokens }),
    ...(report.cached_tokens !== undefined && { cachedTokens: report.cached_tokens }),
    ...(report.cache_write_tokens !== undefined && { cacheWriteTokens: report.cache_write_tokens }),
    ...(report.output_tokens !== undefined && { outputTokens: report.output_tokens }),
    ...(report.reasoning_tokens !== undefined && { reasoningTokens: report.reasoning_tokens }),
  };
  const { inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  if (inputTokens === undefined && outputTokens === undefined) {
    throw invalidField("input_tokens", "neither input nor output was counted");
  }
  if (acceptableUsage(usage) === undefined) throw invalidField("input_tokens", "no request has so many tokens");
  if (cachedTokens + cacheWriteTokens > (inputTokens ?? 0)) {
    throw invalidField("cached_tokens", "cached tokens are a part of the input");
  }
  if (reasoningTokens > (outputTokens ?? 0))
    throw invalidField("reasoning_tokens", "reasoning is a part of the output");
  return usage;
}

const reported = [
  "direction",
  "provider",
  "requestedModel",
  "userId",
  "keyId",
  "inputTokens",
  "cachedTokens",
  "cacheWriteTokens",
  "outputTokens",
  "reasoningTokens",
] as const;

/** Prices and labels may have changed between two reports; what was reported may not. */
function sameFacts(row: ReportedEvent, entry: LedgerEntry): ReportedEvent {
  const differing = reported.find((name) => row[name] !== entry[name]);
  if (differing === undefined) return row;
  throw new GatewayError("conflict", "This event was reported before with other facts.", {
    details: { field: "event_id" },
  });
}
