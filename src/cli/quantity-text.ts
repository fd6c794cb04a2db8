/** A whole number with its thousands apart: `10,000`. */
export function countText(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A span of time in the unit that suits it: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function spanText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${countText(seconds / 3_600)} h`;
}

/** Bytes in the unit that suits them: `512 B`, `1.2 KiB`, `64 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KiB", "MiB"]) {
    if (value < 1024) return `${value < 9.95 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} GiB`;
}

/** One of something or several: `1 pool`, `2 pools`. */
export function manyText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
