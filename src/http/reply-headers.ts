import type { ErrorFamily } from "#core/errors.ts";
import { formatUsd } from "#core/ledger/money.ts";
import type { ModelReply } from "#core/model-call.ts";

/** The call's id, under the name that callers of this family look for too. */
export function requestIdHeaders(requestId: string, family?: ErrorFamily): Record<string, string> {
  return family === "anthropic"
    ? { "x-request-id": requestId, "request-id": requestId }
    : { "x-request-id": requestId };
}

/**
 * Headers of an answer by a provider: ours alone, nothing of what the provider sent. Times are milliseconds; `dropped` is
 * what of the request, or of a whole answer, could not be carried.
 */
export function replyHeaders(
  reply: ModelReply,
  dropped: readonly string[],
  overheadMs: number,
): Record<string, string> {
  return {
    "x-tokligence-provider": headerText(reply.provider),
    "x-tokligence-model": headerText(reply.model),
    "x-tokligence-queue-ms": milliseconds(reply.queueMs),
    ...(reply.queuePosition === undefined ? {} : { "x-tokligence-queue-position": placeText(reply.queuePosition) }),
    "x-tokligence-overhead-ms": milliseconds(overheadMs),
    ...(dropped.length === 0 ? {} : { "x-tokligence-dropped": droppedText(dropped) }),
    ...(reply.estimated === true ? { "x-tokligence-estimated": "true" } : {}),
  };
}

/** What an answer cost, as a header and as a comment of a stream. */
export const costHeader = "x-tokligence-cost-usd";

/** Decimal dollars, or `unknown` where no price is known. */
export function costText(nanos: bigint | undefined): string {
  return nanos === undefined ? "unknown" : formatUsd(nanos);
}

/** A place in the queue as callers count: who goes next is the first. */
export function placeText(before: number): string {
  return String(before + 1);
}

/** What keeps anybody on the way from buffering or keeping a stream. */
export const streamHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** Headers as one line, for where only a comment can still carry them. */
export function headerLine(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

const longestHeaderText = 256;
const longestList = 2048;

/**
 * Names separated by commas, in visible ASCII without commas of their own. A list that grows too long ends with the number
 * of those left unnamed (`+12`).
 */
export function droppedText(names: readonly string[]): string {
  let text = "";
  for (const [index, name] of names.entries()) {
    const next = `${index === 0 ? "" : ","}${listedName(name)}`;
    if (text.length + next.length > longestList) return `${text},+${names.length - index}`;
    text += next;
  }
  return text;
}

/** Brackets and dots of a path stay readable; everything that could end the name or the line is percent-encoded. */
function listedName(name: string): string {
  const cut = name.slice(0, longestHeaderText).toWellFormed();
  return cut.replace(/[^!-$&-+\--~]/gu, (character) => encodeURIComponent(character).replace(",", "%2C"));
}

/** Any text as a header value: what is not visible ASCII is percent-encoded, so that nothing can end the line. */
export function headerText(text: string): string {
  const cut = text.slice(0, longestHeaderText);
  if (/^[!-~]*$/.test(cut)) return cut;
  return encodeURIComponent(cut.toWellFormed()).slice(0, longestHeaderText);
}

function milliseconds(value: number): string {
  return String(Math.round(Math.max(0, value) * 1000) / 1000);
}
