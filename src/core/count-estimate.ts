import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import { estimatedInputTokens } from "#core/chat/token-estimate.ts";
import type { GatewayError } from "#core/errors.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** Statuses of a server that does not know the endpoint. */
const unknownEndpoint: ReadonlySet<number> = new Set([404, 405, 501]);

/** Whether a provider's refusal says that it cannot count at all, rather than that this request is bad. */
export function cannotCount(request: CanonicalRequest, { code, status }: GatewayError): boolean {
  return request.operation === "count" && code === "upstream_rejected" && unknownEndpoint.has(status);
}

/** An answer that tells about how many tokens a request has. */
export async function* estimatedCount(request: CanonicalRequest): AsyncGenerator<ReplyPiece, void, undefined> {
  yield { events: [{ type: "usage", usage: { inputTokens: estimatedInputTokens(request) } }, { type: "end" }] };
}
