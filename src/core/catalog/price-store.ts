import type { Trail } from "#core/audit/trail.ts";
import type { PriceVersion } from "#core/catalog/price-version.ts";

/** Prices that were set here. Versions are only ever added. */
export interface PriceStore {
  /** All of them, oldest first. */
  priceVersions(): Promise<readonly PriceVersion[]>;
  /** Rejects with `conflict` when there is a version of that name. */
  addPriceVersion(version: PriceVersion, trail: Trail): Promise<void>;
}
