import { timeText } from "#core/api/time-text.ts";
import { type Finding, sound, warning } from "#core/doctor/finding.ts";
import type { ProviderCheck } from "#core/routing/provider-check.ts";

/** A `date` header is exact to a second and answers travel: less is no finding. */
const mostSkewMs = 30_000;
const fix = "Set the clock, for instance: timedatectl set-ntp true";

/** What is known of times without a clock. */
export interface KnownTimes {
  readonly nowMs: number;
  /** It is later than this: when the program was built, when the newest row was written. */
  readonly pastMs: readonly { readonly what: string; readonly atMs: number }[];
  readonly checks: readonly Pick<ProviderCheck, "provider" | "clockAheadMs">[];
}

/** Whether this machine's clock can be right: signatures, sessions and windows of limits go by it. */
export function clockFindings({ nowMs, pastMs, checks }: KnownTimes): readonly Finding[] {
  const early = pastMs
    .filter(({ atMs }) => nowMs < atMs)
    .map(({ what, atMs }) =>
      warning("clock", `The clock says ${timeText(nowMs)}, before ${what} (${timeText(atMs)}).`, fix),
    );
  const told = checks.flatMap(({ clockAheadMs }) => clockAheadMs ?? []).toSorted((a, b) => a - b);
  // One provider may be wrong itself; the middle of several hardly is.
  const middle = told[Math.floor(told.length / 2)];
  if (middle === undefined) {
    return early.length > 0
      ? early
      : [sound("clock", `The clock says ${timeText(nowMs)}; there was none to compare it with.`)];
  }
  const seconds = Math.round(Math.abs(middle) / 1000);
  if (Math.abs(middle) <= mostSkewMs)
    return [...early, sound("clock", "The clock agrees with those of the providers.")];
  const side = middle > 0 ? "ahead of" : "behind";
  return [...early, warning("clock", `The clock is ${seconds} s ${side} those of the providers.`, fix)];
}
