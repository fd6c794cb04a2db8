import { withOutputLimit } from "#core/chat/canonical-request.ts";
import { type ChatEvent, isContent } from "#core/chat/event.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { AttachedMedia } from "#core/routing/attached-media.ts";
import { type Candidate, passesThrough } from "#core/routing/candidates.ts";
import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import type { Lease } from "#core/admission/admission.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** Bytes without content, such as comments, that are kept until the first content. */
const mostBytesAhead = 1024 * 1024;

/** An answer whose first content is here. `ahead` are the pieces read to find out; `rest` follows them. */
export interface OpenedAnswer {
  readonly reply: ProviderReply;
  readonly deployment: Candidate;
  /** The capacity it takes, to be released when it has ended. */
  readonly lease: Lease;
  readonly ahead: readonly ReplyPiece[];
  readonly rest: AsyncGenerator<ReplyPiece, void, undefined>;
  /** Stops the provider's work with this reason. */
  readonly abort: (reason: GatewayError) => void;
  /** To be called once the answer has ended, however it did. */
  readonly release: () => void;
}

/** What an attempt works with beside its call. */
export interface AttemptContext {
  readonly clock: Clock;
  /** Fetches what the caller named by URL; absent where nothing may be fetched. */
  readonly media?: AttachedMedia;
  /** Who made an opaque token that comes back. */
  readonly tokenMaker: ProviderCall["tokenMaker"];
}

/**
 * One attempt at the deployment of the lease, which stays the caller's to release. Resolves once the first content (or the end) has been read; rejects with the failure
 * that came before it. `timeoutMs` bounds the wait for content, not what follows.
 */
export async function openAttempt(
  call: ModelCall,
  lease: Lease,
  account: Account,
  { clock, media, tokenMaker }: AttemptContext,
  timeoutMs: number,
): Promise<OpenedAnswer> {
  const deployment = lease.candidate;
  const { provider, model, upstreamProtocol, translate } = deployment;
  const attempt = new AbortController();
  const follow = () => attempt.abort(call.signal.reason);
  const release = () => call.signal.removeEventListener("abort", follow);
  call.signal.throwIfAborted();
  call.signal.addEventListener("abort", follow);
  const disarm = clock.after(timeoutMs, () => attempt.abort(tooLate(provider.name, timeoutMs)));
  try {
    const attached = passesThrough(deployment, call.protocol)
      ? undefined
      : media?.attach(call.request, (kind) => provider.needsBytes(upstreamProtocol, kind, model), attempt.signal);
    const request = attached === undefined ? call.request : await attached;
    const outputLimit = call.outputLimitOf?.(model);
    account.asks();
    const reply = await provider.call({
      requestId: call.requestId,
      protocol: call.protocol,
      upstreamProtocol,
      translate,
      body: bodyFor(call, deployment),
      address: call.address,
      request: withOutputLimit(request, outputLimit),
      model,
      ...(outputLimit === undefined ? {} : { outputLimit }),
      headers: call.headers,
      strict: call.strict,
      tokenMaker,
      signal: attempt.signal,
      headTimeoutMs: timeoutMs,
    });
    account.answered(reply.upstreamRequestId);
    // Times to wait count from the head of an answer, which may be long before its content.
    if (reply.limits !== undefined) lease.told(reply.limits);
    const ahead = await readUntilContent(reply.pieces);
    return { reply, deployment, lease, ahead, rest: reply.pieces, release, abort: (reason) => attempt.abort(reason) };
  } catch (thrown) {
    release();
    throw attempt.signal.aborted ? attempt.signal.reason : thrown;
  } finally {
    disarm();
  }
}

/** The shorter body of the provider that knows the rest, if it is this one and is sent the caller's own bytes. */
function bodyFor({ body, shortBody, protocol }: ModelCall, deployment: Candidate): JsonBody {
  const short = shortBody?.provider === deployment.provider.name && passesThrough(deployment, protocol);
  return short ? shortBody.body : body;
}

async function readUntilContent(pieces: AsyncGenerator<ReplyPiece, void, undefined>): Promise<readonly ReplyPiece[]> {
  const ahead: ReplyPiece[] = [];
  let bytes = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return ahead;
    ahead.push(next.value);
    bytes += next.value.raw?.byteLength ?? 0;
    const decisive = next.value.events.find(isDecisive);
    if (decisive === undefined && bytes <= mostBytesAhead) continue;
    if (decisive === undefined) {
      await pieces.return();
      throw endlessPreamble();
    }
    if (decisive.type !== "error") return ahead;
    await pieces.return();
    throw decisive.error;
  }
}

function isDecisive(event: ChatEvent): boolean {
  return event.type === "error" || event.type === "end" || isContent(event);
}

function endlessPreamble(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's stream goes on and on without content.", {
    details: { max_bytes: mostBytesAhead },
  });
}

function tooLate(provider: string, timeoutMs: number): GatewayError {
  return new GatewayError("upstream_timeout", `Provider ${provider} gave no content within ${timeoutMs} ms.`, {
    details: { timeout_ms: timeoutMs },
  });
}
