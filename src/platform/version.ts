import { version as packageVersion } from "../../package.json" with { type: "json" };

declare const TOKLIGENCE_VERSION: string;
declare const TOKLIGENCE_COMMIT: string;
declare const TOKLIGENCE_BUILT_AT: string;

/** The version: of the tag the executable was built from, else of package.json. */
export const version: string = typeof TOKLIGENCE_VERSION === "string" ? TOKLIGENCE_VERSION : packageVersion;

/** Short hash of the commit the executable was built from, `source` when run from source. */
export const commit: string = typeof TOKLIGENCE_COMMIT === "string" ? TOKLIGENCE_COMMIT : "source";

/** When the executable was built, RFC 3339 in UTC; empty when run from source. */
export const builtAt: string = typeof TOKLIGENCE_BUILT_AT === "string" ? TOKLIGENCE_BUILT_AT : "";
