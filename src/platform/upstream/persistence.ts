import type { ResponseHead } from "#platform/upstream/response-head.ts";

/** How long a connection may lie idle where the peer does not say: below the 5 s after which many servers hang up. */
const defaultIdleLimitMs = 4_000;
/** A peer that promises more is not believed: middleboxes forget. */
const longestIdleLimitMs = 60_000;
/** A request must not cross the peer's close on the wire. */
const marginMs = 1_000;

/** How long the connection may be kept after this answer, by RFC 9112 section 9.3 and `Keep-Alive: timeout`; 0 for not at all. */
export function idleLimitMs(head: ResponseHead): number {
  if (head.minorVersion === 0) return 0;
  const connection = head.header("connection");
  if (connection !== undefined && /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(connection)) return 0;
  const keepAlive = head.header("keep-alive");
  if (keepAlive === undefined) return defaultIdleLimitMs;
  const timeout = /(?:^|[,;\t ])timeout=(\d{1,6})/i.exec(keepAlive);
  if (timeout === null) return defaultIdleLimitMs;
  return Math.max(0, Math.min(longestIdleLimitMs, Number(timeout[1]) * 1_000 - marginMs));
}
