import { GatewayError } from "#core/errors.ts";

/** `x-tokligence-deadline-ms`: a positive whole number of milliseconds, or undefined. Throws `invalid_request`. */
export function callerDeadlineMs(headers: Headers): number | undefined {
  const text = headers.get("x-tokligence-deadline-ms");
  if (text === null) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new GatewayError("invalid_request", "x-tokligence-deadline-ms must be a positive whole number.", {
    details: { field: "x-tokligence-deadline-ms" },
  });
}
