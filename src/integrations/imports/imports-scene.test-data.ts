import { pureDigest } from "#core/effects/pure-digest.ts";
import { ForeignRecords } from "#integrations/imports/foreign-records.ts";

/** 2026-06-15T12:00:00Z. */
export const now = Date.UTC(2026, 5, 15, 12);
export const pepper = new Uint8Array(32).fill(7);

/** Records of a source, as the gateway with `pepper` would take them. */
export function emptyRecords(source = "litellm"): ForeignRecords {
  return new ForeignRecords({ source, digest: pureDigest, pepper, pepperId: "1", nowMs: now });
}
