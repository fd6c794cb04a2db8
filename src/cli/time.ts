import { GatewayError } from "#core/errors.ts";

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * The RFC 3339 time in UTC that `90d`, `12h`, `30m`, `4w`, `2027-01-31` or a full time means; spans count from `nowMs`.
 * Throws `usage` for anything else, and for a time that has passed when it is to be in the `future`.
 */
export function readTime(text: string, nowMs: number, direction: "future" | "past"): string {
  const sign = direction === "future" ? 1 : -1;
  const span = spanMs(text);
  const atMs = span === undefined ? readDate(text) : nowMs + sign * span;
  if (Number.isNaN(atMs)) {
    throw new GatewayError(
      "usage",
      `${JSON.stringify(text)} is no time: give 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z.`,
    );
  }
  if (direction === "future" && atMs <= nowMs) throw new GatewayError("usage", `${text} has passed.`);
  return new Date(atMs).toISOString();
}

/** Milliseconds of `30m`, `24h`, `7d`, `2w`. Throws `usage` for anything else. */
export function readSpan(text: string): number {
  const found = spanMs(text);
  if (found !== undefined) return found;
  throw new GatewayError("usage", `${JSON.stringify(text)} is no span of time: give 30m, 24h, 7d or 2w.`);
}

function spanMs(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  const each = unitMs[unit];
  return each === undefined ? undefined : Number(count) * each;
}

/** A date alone is its midnight in UTC; a time must name its zone. */
function readDate(text: string): number {
  const written = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  if (written === null) return Number.NaN;
  const [, year, month, day] = written.map(Number);
  // Date.parse lets 31 February pass into March.
  const lastDay = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  return (day ?? 0) > lastDay ? Number.NaN : Date.parse(text);
}
