/** Minutes since the Unix epoch, UTC: the unit in which rules of the hour think. */
export type EpochMinute = number;

/** A moment as the clock on the wall of a zone shows it. */
export interface LocalTime {
  /** ISO 8601: 1 Monday .. 7 Sunday. */
  readonly weekday: number;
  /** 0..1439. */
  readonly minuteOfDay: number;
}

/** Minutes of a day without a change of the clock. */
export const minutesPerDay = 1_440;

const msPerMinute = 60_000;

/** 1970-01-01 was a Thursday. */
const epochWeekday = 4;

/** Zones are read from configuration alone, so there are never more than an operator wrote. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is a zone of the IANA database that this runtime knows. */
export function isTimezone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clock of the zone shows. Throws a `RangeError` for a name that is no zone. */
export function localTime(timezone: string, minute: EpochMinute): LocalTime {
  const local = minute + offsetMinutes(timezone, minute);
  const day = Math.floor(local / minutesPerDay);
  return { weekday: isoWeekday(day), minuteOfDay: local - day * minutesPerDay };
}

/** How far the clock of the zone is ahead of UTC. Throws a `RangeError` for a name that is no zone. */
export function offsetMinutes(timezone: string, minute: EpochMinute): number {
  const fields: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(minute * msPerMinute)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute: localMinute = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, localMinute) / msPerMinute - minute;
}

/** The first minute behind `from`, up to `until` included, at which the zone's clock was put forward or back; undefined for none. */
export function nextClockChange(timezone: string, from: EpochMinute, until: EpochMinute): EpochMinute | undefined {
  const offset = offsetMinutes(timezone, from);
  if (offsetMinutes(timezone, until) === offset) return undefined;
  let before = from;
  let behind = until;
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    if (offsetMinutes(timezone, middle) === offset) before = middle;
    else behind = middle;
  }
  return behind;
}

function isoWeekday(epochDay: number): number {
  return ((((epochDay + epochWeekday - 1) % 7) + 7) % 7) + 1;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(timezone, format);
  return format;
}
