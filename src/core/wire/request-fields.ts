import { GatewayError } from "#core/errors.ts";

/** The refusal of one field of a request, named as the caller wrote it (`messages[2].content`). */
export function refuseField(field: string, rule: string): GatewayError {
  return new GatewayError("invalid_request", `'${field}' ${rule}.`, { details: { field } });
}

/** The refusal of what a provider cannot be told, before anything is sent; `field` is where the caller wrote it. */
export function refuseValue(field: string, why: string): GatewayError {
  return new GatewayError("unsupported_value", `'${field}' ${why}.`, { details: { field } });
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Refuses an unknown field that is a known one but for the case of its letters: nothing here has read it, and some servers
 * would obey it.
 */
export function refuseOtherCase(name: string, isKnown: (name: string) => boolean): void {
  const lower = name.toLowerCase();
  if (lower !== name && isKnown(lower)) throw refuseField(name, `must be written '${lower}'`);
}

/** A text that must be there and say something. */
export function requiredText(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw refuseField(name, "must be a non-empty string");
  return value;
}

/** True or false; false when absent or null. */
export function optionalFlag(fields: Fields, name: string, path: string = name): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== "boolean") throw refuseField(path, "must be true or false");
  return value;
}

/** A whole number from 1 up to `most`; undefined when absent or null. */
export function optionalCount(fields: Fields, name: string, most: number): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most) {
    throw refuseField(name, `must be an integer from 1 to ${most}`);
  }
  return value;
}
