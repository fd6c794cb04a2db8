const units: readonly (readonly [name: string, milliseconds: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

const duration = new RegExp(`^${units.map(([name]) => String.raw`(?:(\d{1,9}(?:\.\d{1,9})?)${name})?`).join("")}$`);
const seconds = /^\d{1,12}(?:\.\d{1,9})?$/;
/** RFC 3339, 5.6. */
const moment = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * How long until a limit is whole again, milliseconds: a duration as OpenAI writes it (`6m0s`, `20ms`), bare seconds, or a moment
 * of RFC 3339 as Anthropic does, measured against the provider's own `date` or else our clock; negative when it has passed.
 * NaN for what is none of these, undefined where nothing is said.
 */
export function readResetMs(text: string | undefined, date: string | undefined, nowMs: number): number | undefined {
  const said = text?.trim();
  if (said === undefined) return undefined;
  if (seconds.test(said)) return Number(said) * 1000;
  if (moment.test(said)) return Date.parse(said) - momentOf(date, nowMs);
  const parts = said === "" ? undefined : duration.exec(said)?.slice(1);
  if (parts === undefined) return Number.NaN;
  return units.reduce((sum, [, milliseconds], index) => sum + Number(parts[index] ?? 0) * milliseconds, 0);
}

function momentOf(date: string | undefined, nowMs: number): number {
  const said = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(said) ? nowMs : said;
}
