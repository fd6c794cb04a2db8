import { tagSchema } from "#core/api/api-key.ts";
import { GatewayError } from "#core/errors.ts";

/** `x-tokligence-deadline-ms`: a positive whole number of milliseconds, or undefined. Throws `invalid_request`. */
export function callerDeadlineMs(headers: Headers): number | undefined {
  const name = "x-tokligence-deadline-ms";
  const text = headers.get(name);
  if (text === null) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw refusal(name, "must be a positive whole number");
}

/** What a caller says of how urgent it is, as it wrote it, and how long its SDK waits at most. */
export interface CallerUrgency {
  readonly priority?: string;
  readonly requestClass?: string;
  readonly patienceMs?: number;
}

/** `x-tokligence-priority`, what Claude Code says of a request, and what SDKs by Stainless say of their own timeout. */
export function callerUrgency(headers: Headers): CallerUrgency {
  const priority = headers.get("x-tokligence-priority");
  const requestClass = headers.get("x-claude-code-request-class");
  const timeoutSeconds = headers.get("x-stainless-timeout") ?? headers.get("x-stainless-read-timeout");
  return {
    ...(priority === null ? {} : { priority }),
    ...(requestClass === null ? {} : { requestClass }),
    // The caller did not write it: junk is passed over.
    ...(timeoutSeconds !== null && /^[1-9]\d{0,6}$/.test(timeoutSeconds)
      ? { patienceMs: Number(timeoutSeconds) * 1000 }
      : {}),
  };
}

/** `x-tokligence-strict`: refuse rather than leave out what was asked for. Throws `invalid_request` unless true or false. */
export function callerIsStrict(headers: Headers): boolean {
  return saysYes(headers, "x-tokligence-strict");
}

/** `x-tokligence-cost`: whether the answer is to say what it cost. Throws `invalid_request` unless true or false. */
export function callerAsksCost(headers: Headers): boolean {
  return saysYes(headers, "x-tokligence-cost");
}

const mostTags = 20;

/** `x-tokligence-tags`: what the call is budgeted by beside its key, separated by commas. Throws `invalid_request`. */
export function callerTags(headers: Headers): readonly string[] {
  const name = "x-tokligence-tags";
  const text = headers.get(name);
  if (text === null) return [];
  const tags = text.split(",", mostTags + 1).map((tag) => tag.trim());
  if (tags.length > mostTags) throw refusal(name, `must be at most ${mostTags} tags`);
  if (tags.every((tag) => tagSchema.safeParse(tag).success)) return tags;
  throw refusal(name, "must be tags such as ci or project=search, separated by commas");
}

function saysYes(headers: Headers, name: string): boolean {
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
