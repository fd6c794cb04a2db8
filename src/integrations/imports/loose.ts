/** A JSON object of somebody else. */
export type Loose = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for anything else. */
export function objectIn(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The value as a list; an empty one for anything else. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty, or a number or flag as text. */
export function textIn(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A number, also one written as text. */
export function numberIn(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** A whole number above zero. */
export function countIn(value: unknown): number | undefined {
  const number = numberIn(value);
  return number !== undefined && number >= 1 ? Math.floor(number) : undefined;
}

/** Milliseconds since the epoch of a time in RFC 3339; times without a zone are UTC. */
export function timeIn(value: unknown): number | undefined {
  const text = textIn(value);
  if (text === undefined) return undefined;
  const zoned = /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const atMs = Date.parse(zoned);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Dollars, a double as others keep them, as nano-dollars. */
export function nanosIn(value: unknown): bigint | undefined {
  const dollars = numberIn(value);
  if (dollars === undefined || Math.abs(dollars) > 1e9) return undefined;
  return BigInt(Math.round(dollars * 1e6)) * 1_000n;
}
