import type { KeyId, RequestId, TenantId, UserId } from "#core/effects/ids.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";

/** An entry with every field set, for tests; `changes` replace fields. */
export function sampleEntry(requestId: string, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    requestId: requestId as RequestId,
    atMs: 1_767_225_600_123,
    tenantId: "usr_1" as TenantId,
    userId: "usr_1" as UserId,
    keyId: "key_1" as KeyId,
    direction: "consume",
    operation: "chat",
    protocol: "openai-chat",
    provider: "openai",
    requestedModel: "fast",
    model: "gpt-4o-mini",
    responseModel: "gpt-4o-mini-2024-07-18",
    stream: true,
    outcome: "finished",
    errorCode: "none",
    httpStatus: 200,
    inputTokens: 1_000,
    cachedTokens: 200,
    cacheWriteTokens: 0,
    outputTokens: 50,
    reasoningTokens: 10,
    usageSource: "upstream",
    costNanos: 165_000n,
    priceVersion: "2026-06-30",
    latencyMs: 812.25,
    firstTokenMs: 301.5,
    queueMs: 0,
    attempts: 1,
    upstreamRequestId: "upstream-1",
    ...changes,
  };
}
