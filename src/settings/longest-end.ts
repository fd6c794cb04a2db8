import type { GatewaySettings } from "#settings/settings.ts";

/** What closing takes beyond the time that running calls get: rows written, sockets and database closed. */
const closingMs = 15_000;

/** How long the end of a gateway may take, from the first word of it. */
export function longestEndMs({
  drainDelayMs,
  shutdownGraceMs,
}: Pick<GatewaySettings, "drainDelayMs" | "shutdownGraceMs">): number {
  return drainDelayMs + shutdownGraceMs + closingMs;
}
