import { parseKeepingNumbers } from "#core/wire/json-digits.ts";

/** The value as an object with string keys; undefined for arrays, null and everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The value as an array; empty for everything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const utf8 = new TextDecoder();

/** What a provider's body says, numbers that would change as raw JSON; undefined when it is not JSON. */
export function parseJson(body: Uint8Array | string): unknown {
  try {
    return parseKeepingNumbers(typeof body === "string" ? body : utf8.decode(body));
  } catch {
    return undefined;
  }
}

/** The object that a provider's body holds, read as `parseJson` does; undefined when it is not JSON or no object. */
export function parseObject(body: Uint8Array | string): Readonly<Record<string, unknown>> | undefined {
  return recordOf(parseJson(body));
}
