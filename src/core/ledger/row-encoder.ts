import { CanonicalBytes } from "#core/ledger/canonical-bytes.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";

/** An entry with its place in a node's chain: everything that the hash covers besides the previous hash. */
export type ChainedEntry = LedgerEntry & { readonly nodeId: string; readonly seq: number };

/** Every field of a row, in the order in which it is hashed. The order is for ever; new fields go to the end. */
const layout: Readonly<Record<keyof ChainedEntry, true>> = {
  nodeId: true,
  seq: true,
  requestId: true,
  atMs: true,
  tenantId: true,
  userId: true,
  keyId: true,
  direction: true,
  operation: true,
  protocol: true,
  provider: true,
  requestedModel: true,
  model: true,
  responseModel: true,
  stream: true,
  outcome: true,
  errorCode: true,
  httpStatus: true,
  inputTokens: true,
  cachedTokens: true,
  cacheWriteTokens: true,
  outputTokens: true,
  reasoningTokens: true,
  usageSource: true,
  costNanos: true,
  priceVersion: true,
  latencyMs: true,
  firstTokenMs: true,
  queueMs: true,
  attempts: true,
  upstreamRequestId: true,
  teamId: true,
  tags: true,
  audioInputTokens: true,
  imageInputTokens: true,
  audioOutputTokens: true,
  overheadNanos: true,
  cacheWriteLongTokens: true,
};

/** Fields of the first released layout. Later ones that are absent at the end of a row are not written at all, so that rows keep the hash they were written with. */
export const firstLayoutFields = 31;

const fields = Object.keys(layout) as readonly (keyof ChainedEntry)[];
/** How many fields of a row are written. */
function fieldsOf(row: ChainedEntry): number {
  let count = fields.length;
  while (count > firstLayoutFields && row[fields[count - 1] as keyof ChainedEntry] === undefined) count -= 1;
  return count;
}

/**
 * Writes rows as canonical bytes: the fields in the fixed order of `layout`, each as `CanonicalBytes` writes it. `encode`
 * returns a view of a buffer that the next call overwrites.
 */
export class RowEncoder {
  readonly #canonical = new CanonicalBytes();

  encode(row: ChainedEntry): Uint8Array {
    this.#canonical.clear();
    const count = fieldsOf(row);
    for (let index = 0; index < count; index += 1) this.#canonical.write(row[fields[index] as keyof ChainedEntry]);
    return this.#canonical.bytes();
  }
}
