/** ECMAScript's "JSON.parse source text access", which TypeScript's libraries do not know yet. */
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source: string }) => unknown,
    ): unknown;
  }
}

const longNumber = /\d{16}/;

/**
 * A JSON text as a value that `JSON.stringify` writes with the numbers as they were: those that JavaScript would round stand in it
 * as raw JSON, so it is to be written, not calculated with. Throws on text that is not JSON.
 */
export function parseInItsDigits(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === "number" && String(value) !== source ? JSON.rawJSON(source) : value,
  );
}

/** Where such a number may stand outside of a text; inside of one it does no harm to look. */
const unsafeNumber = /[:[,]\s*-?(?:\d{16}|\d[\d.]*[eE]\+?\d{3})/;

/**
 * The JSON text of a request or an answer as a value. Integers that JavaScript cannot tell apart, as ids of 64 bits in what tools
 * were told and answered, and numbers beyond all it knows stand in it as raw JSON; all others are numbers. Throws on text that is
 * not JSON.
 */
export function parseKeepingNumbers(text: string): unknown {
  if (!unsafeNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === "number" && isAltered(value, source) ? JSON.rawJSON(source) : value,
  );
}

function isAltered(value: number, source: string): boolean {
  return !Number.isFinite(value) || (/^-?\d{16,}$/.test(source) && String(value) !== source);
}
