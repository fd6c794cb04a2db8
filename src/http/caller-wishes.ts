import { GatewayError } from "#core/errors.ts";

/** `x-tokligence-deadline-ms`: a positive whole number of milliseconds, or undefined. Throws `invalid_request`. */
export function callerDeadlineMs(headers: Headers): number | undefined {
  const name = "x-tokligence-deadline-ms";
  const text = headers.get(name);
  if (text === null) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw refusal(name, "must be a positive whole number");
}

/** `x-tokligence-strict`: refuse rather than leave out what was asked for. Throws `invalid_request` unless true or false. */
export function callerIsStrict(headers: Headers): boolean {
  const name = "x-tokligence-strict";
  switch (headers.get(name)?.toLowerCase()) {
    case undefined:
    case "false":
      return false;
    case "true":
      return true;
    default:
      throw refusal(name, "must be true or false");
  }
}

function refusal(field: string, rule: string): GatewayError {
  return new GatewayError("invalid_request", `${field} ${rule}.`, { details: { field } });
}
