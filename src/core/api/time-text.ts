/** Milliseconds since the epoch as RFC 3339 in UTC: `2026-11-20T08:30:00.000Z`. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same, with null for what has not happened. */
export function optionalTimeText(atMs: number | undefined): string | null {
  return atMs === undefined ? null : timeText(atMs);
}

/** RFC 3339 text, already validated, as milliseconds since the epoch. */
export function timeOf(text: string): number {
  return Date.parse(text);
}
