import { Secret } from "#core/secret.ts";

/** A value as JSON, secrets and maps included, to be compared with another of its kind. Never to be kept or shown. */
export function revealedJson(value: unknown): string {
  return JSON.stringify(value, function reveal(this: Record<string, unknown>, key, shown: unknown) {
    // A secret masks itself before it comes here: what is revealed is what its holder holds.
    const held = this[key];
    if (held instanceof Secret) return { secret: held.reveal() };
    if (held instanceof Map) return [...held];
    return typeof shown === "bigint" ? String(shown) : shown;
  });
}
