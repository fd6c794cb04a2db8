import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { Digest } from "#core/effects/digest.ts";
import { CanonicalBytes, type CanonicalValue } from "#core/ledger/canonical-bytes.ts";

/** A record with its number: what its hash covers besides the previous hash. */
export type ChainedAudit = AuditRecord & { readonly seq: number };

/**
 * Hashes records of the audit: SHA-256(previous hash ‖ canonical bytes), 32 bytes. The order of the fields is for ever; new
 * ones go to the end. Details are hashed as the JSON that is stored.
 */
export function createAuditHasher(
  digest: Pick<Digest, "sha256">,
): (prevHash: Uint8Array, row: ChainedAudit) => Uint8Array {
  const canonical = new CanonicalBytes();
  return (prevHash, row) => {
    canonical.clear();
    for (const field of fieldsOf(row)) canonical.write(field);
    return digest.sha256(prevHash, canonical.bytes());
  };
}

function fieldsOf({ seq, atMs, actor, action, outcome, target, details, requestId }: ChainedAudit): CanonicalValue[] {
  return [
    seq,
    atMs,
    actor.kind,
    actor.userId,
    actor.keyId,
    action,
    outcome,
    target.kind,
    target.id,
    JSON.stringify(details),
    requestId,
  ];
}
