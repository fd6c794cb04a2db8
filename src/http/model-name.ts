import { GatewayError } from "#core/errors.ts";

/** A model's name as it stands in a path, its escapes undone. Throws `model_not_found` for broken ones. */
export function decodeModelName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("model_not_found", "This is no model name.");
  }
}
