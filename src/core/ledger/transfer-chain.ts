import type { Digest } from "#core/effects/digest.ts";
import { CanonicalBytes } from "#core/ledger/canonical-bytes.ts";
import type { Transfer } from "#core/ledger/transfer.ts";

/** A transfer with its place in a node's chain: everything that the hash covers besides the previous hash. */
export type ChainedTransfer = Transfer & { readonly nodeId: string };

/** A transfer as it stands in its chain. */
export type TransferRow = ChainedTransfer & { readonly prevHash: Uint8Array; readonly hash: Uint8Array };

/**
 * Hash of a transfer: SHA-256(previous hash ‖ canonical bytes of its fields in the order below), 32 bytes. The order is for
 * ever; new fields go to the end and are left out where they are absent.
 */
export function createTransferHasher(
  digest: Pick<Digest, "sha256">,
): (prevHash: Uint8Array, transfer: ChainedTransfer) => Uint8Array {
  const canonical = new CanonicalBytes();
  return (prevHash, transfer) => {
    canonical.clear();
    canonical.write(transfer.nodeId);
    canonical.write(transfer.seq);
    canonical.write(transfer.atMs);
    canonical.write(transfer.debit.kind);
    canonical.write(transfer.debit.owner);
    canonical.write(transfer.credit.kind);
    canonical.write(transfer.credit.owner);
    canonical.write(transfer.amountNanos);
    canonical.write(transfer.kind);
    canonical.write(transfer.ref);
    canonical.write(transfer.priceVersion);
    return digest.sha256(prevHash, canonical.bytes());
  };
}
