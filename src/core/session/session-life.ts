import type { Session } from "#core/session/session-store.ts";

/** A session ends at the latest seven days after the login, */
export const sessionLifeMs = 7 * 86_400_000;
/** and as soon as nobody has used it for twelve hours. */
export const sessionIdleMs = 12 * 3_600_000;

/** Whether a session still lets its user in. */
export function isInForce({ lastSeenAtMs, expiresAtMs }: Session, nowMs: number): boolean {
  return nowMs < expiresAtMs && nowMs - lastSeenAtMs < sessionIdleMs;
}
