/**
 * The model's name without the date at its end, as vendors write them: `-2024-08-06`, `-20240806`, `-2508` (year and month)
 * and `-0613` (month and day). Undefined when the end is no date, so that `gpt-4o-mini` never becomes `gpt-4o`.
 */
export function withoutDate(model: string): string | undefined {
  const match = /^(.+?)-(?:\d{4}-(\d\d)-(\d\d)|20\d\d(\d\d)(\d\d)|(\d\d)(\d\d))$/.exec(model);
  if (match === null) return undefined;
  const [, name, dashedMonth, dashedDay, month, day, first, second] = match;
  if (first !== undefined) {
    return isMonth(second) || (isMonth(first) && isDay(second)) ? name : undefined;
  }
  return isMonth(dashedMonth ?? month) && isDay(dashedDay ?? day) ? name : undefined;
}

function isMonth(digits: string | undefined): boolean {
  return Number(digits) >= 1 && Number(digits) <= 12;
}

function isDay(digits: string | undefined): boolean {
  return Number(digits) >= 1 && Number(digits) <= 31;
}
