import { readTime } from "#cli/time.ts";

/** Flags of a range of time. */
export const periodArgs = {
  from: { type: "string", valueHint: "when", description: "Since: 7d (ago), 2026-01-31 or an RFC 3339 time" },
  to: { type: "string", valueHint: "when", description: "Before that time" },
} as const;

/** What they say, as RFC 3339 in UTC. Throws `usage` for what is no time. */
export function readPeriod({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  readonly from?: string;
  readonly to?: string;
} {
  const now = Date.now();
  return {
    ...(from === undefined ? {} : { from: readTime(from, now, "past") }),
    ...(to === undefined ? {} : { to: readTime(to, now, "past") }),
  };
}
