import { GatewayError } from "#core/errors.ts";

/** What is answered where a field is well formed and yet cannot be: its name, and why. */
export function invalidField(field: string, why: string): GatewayError {
  return new GatewayError("invalid_request", `\`${field}\` is not valid: ${why}.`, { details: { field } });
}
