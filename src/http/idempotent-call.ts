import { GatewayError, toGatewayError } from "#core/errors.ts";
import { FirstCall } from "#core/idempotency/first-call.ts";
import type { KeptAnswer } from "#core/idempotency/kept-answer.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { LimitHold } from "#core/limits/limiter.ts";
import type { Codec, RequestAddress } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { callerDeadlineMs } from "#http/caller-wishes.ts";
import { requestIdHeaders } from "#http/reply-headers.ts";
import { readJson } from "#http/request-body.ts";
import type { DoorParts } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

const header = "idempotency-key";

/** A body that was read, and the call that it is the first of. */
export interface FirstBody {
  readonly asked: JsonBody;
  readonly first: FirstCall;
}

/** `Idempotency-Key`, where such keys mean something: 1 to 255 printable ASCII characters. Throws `invalid_request`. */
export function idempotencyKey(headers: Headers, ttlMs: number): string | undefined {
  const key = headers.get(header);
  if (key === null || ttlMs === 0) return undefined;
  if (/^[ -~]{1,255}$/.test(key)) return key;
  throw new GatewayError("invalid_request", `${header} must be 1 to 255 printable ASCII characters.`, {
    details: { field: header },
  });
}

/**
 * Answers a call under an idempotency key: with the answer that is kept for it, else by `go`, once. While it reads and waits it
 * holds a place like any call, among those that run and in its caller's limits, and gives back what it took of these. Rejects
 * with what `Limiter.enter`, `IdempotentCalls.enter`, `readJson` and `go` reject with.
 */
export async function callOnce(
  parts: DoorParts,
  { codec, address }: { readonly codec: Codec; readonly address: RequestAddress },
  visit: Visit,
  principal: Principal,
  key: string,
  go: (body: FirstBody) => Promise<Response>,
): Promise<Response> {
  const { clock, idempotent, limiter, limits, metrics, running } = parts;
  const call = running.begin(visit.request.signal);
  let held: LimitHold | undefined;
  let asked: JsonBody;
  let entered: FirstCall | KeptAnswer;
  try {
    // No tokens: what is kept can be had again also by whoever has none left.
    held = limiter.enter(principal, visit.connection, false);
    const deadlineMs = callerDeadlineMs(visit.request.headers);
    asked = await readJson(visit.request, limits, clock, () => visit.keepOpen());
    call.callerDeadline(deadlineMs, visit.receivedAt);
    const target = `${visit.target.path} ${JSON.stringify(address)}`;
    const { ttlMs } = limits.idempotency;
    entered = await idempotent.enter({ owner: ownerOf(principal), key, target, body: asked.bytes, ttlMs }, call.signal);
    held.settle({ tokens: 0, refused: true });
  } catch (thrown) {
    held?.settle({ tokens: 0, refused: false });
    const error = toGatewayError(call.signal.aborted ? call.signal.reason : thrown);
    if (error.code === "client_closed") metrics.clientLost(call.phase);
    throw error;
  } finally {
    call.release();
  }
  if (!(entered instanceof FirstCall)) return replay(entered, visit, codec);
  try {
    return await go({ asked, first: entered });
  } catch (thrown) {
    // Whatever has not ended by now never began.
    await entered.failed();
    throw thrown;
  }
}

/** Keys are told apart by whoever pays: the API key, else the user, else the tenant. */
function ownerOf({ keyId, tenantId, userId }: Principal): string {
  if (keyId !== undefined) return `key ${keyId}`;
  return userId === undefined ? `tenant ${tenantId}` : `user ${userId}`;
}

function replay({ body, contentType, headers }: KeptAnswer, visit: Visit, { family }: Codec): Response {
  const ids = requestIdHeaders(visit.requestId, family);
  const own = { "x-tokligence-replayed": "true", "content-type": contentType, "cache-control": "no-store" };
  return new Response(new Uint8Array(body), { headers: { ...ids, ...headers, ...own } });
}
