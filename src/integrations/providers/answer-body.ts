import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Codec } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { usedUpForMs } from "#integrations/providers/upstream-limits.ts";

const maxErrorBytes = 64 * 1024;

/** The whole body. Throws `upstream_too_large` beyond `maxBytes`, having closed the connection. */
export async function readWhole(response: UpstreamResponse, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}

/**
 * A non-2xx answer as an error. Reads at most 64 KB of its body; one cut short is judged by its status alone. A 429 that says
 * of no wait but that a limit is used up asks to wait until there is room again; until the limit is whole where its size is
 * not told.
 */
export async function readRefusal(
  response: UpstreamResponse,
  codec: Codec,
  signal: AbortSignal,
  clock: Pick<Clock, "now">,
): Promise<GatewayError> {
  const body = await readWhole(response, maxErrorBytes).catch(() => new Uint8Array());
  if (signal.aborted) throw signal.reason;
  const retryAfter = response.header("retry-after");
  const isSilent = response.status === 429 && retryAfter === undefined;
  const headers = {
    requestId: requestIdOf(response),
    contentType: response.header("content-type"),
    retryAfter,
    retryAfterMs:
      response.header("retry-after-ms") ?? (isSilent ? usedUpForMs(response, clock.now()) : undefined)?.toString(),
    date: response.header("date"),
  };
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return codec.readError(response.status, body, Object.fromEntries(given));
}

/** The provider's own id of the call; undefined where it gives none. */
export function requestIdOf(response: UpstreamResponse): string | undefined {
  return response.header("x-request-id") ?? response.header("request-id");
}

/** What an answer is by its content type; an absent one is taken for what was asked. Throws `upstream_bad_response`. */
export function answerKind(response: UpstreamResponse, asked: "stream" | "whole"): "stream" | "whole" {
  const type = response.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === undefined || type === "") return asked;
  if (type === "text/event-stream") return "stream";
  if (type === "application/json" || type.endsWith("+json")) return "whole";
  throw new GatewayError("upstream_bad_response", "The provider's answer has a content type that was not asked for.");
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("upstream_too_large", "The provider's answer is too large.", {
    details: { max_bytes: maxBytes },
  });
}
