import type { ModelReply } from "#core/model-call.ts";

/** Headers of an answer by a provider: ours alone, nothing of what the provider sent. Times are milliseconds. */
export function replyHeaders(requestId: string, reply: ModelReply, overheadMs: number): Record<string, string> {
  return {
    "x-request-id": requestId,
    "x-tokligence-provider": headerText(reply.provider),
    "x-tokligence-model": headerText(reply.model),
    "x-tokligence-queue-ms": milliseconds(reply.queueMs),
    "x-tokligence-overhead-ms": milliseconds(overheadMs),
  };
}

/** What makes an answer an event stream that nobody on the way buffers or keeps. */
export const streamHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
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

/** Any text as a header value: what is not visible ASCII is percent-encoded, so that nothing can end the line. */
export function headerText(text: string): string {
  const cut = text.slice(0, longestHeaderText);
  if (/^[!-~]*$/.test(cut)) return cut;
  return encodeURIComponent(cut.toWellFormed()).slice(0, longestHeaderText);
}

function milliseconds(value: number): string {
  return String(Math.round(Math.max(0, value) * 1000) / 1000);
}
