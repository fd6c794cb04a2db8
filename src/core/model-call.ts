import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { LimitHold } from "#core/limits/limiter.ts";
import type { WaitingPlace } from "#core/admission/admission.ts";
import type { Protocol, RequestAddress } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** The request record: made by the door, extended by the stages. */
export interface ModelCall {
  readonly requestId: RequestId;
  readonly principal: Principal;
  /** The caller's protocol. */
  readonly protocol: Protocol;
  readonly body: JsonBody;
  /** What the provider is sent, in the caller's own bytes, that knows by itself what `body` had to be completed with. */
  readonly shortBody?: { readonly provider: string; readonly body: JsonBody };
  /** What the call's path and query say beside the body. */
  readonly address: RequestAddress;
  readonly request: CanonicalRequest;
  /** `x-tokligence-strict: true`: refuse rather than leave out what was asked for. */
  readonly strict: boolean;
  /** Caller's headers that may go upstream in this protocol, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Monotonic milliseconds at arrival. */
  readonly receivedAt: number;
  /** From `x-tokligence-deadline-ms`: longest total time the caller will wait, milliseconds after `receivedAt`. */
  readonly deadlineMs?: number;
  /** What the caller's SDK says of its own patience, milliseconds: it is of no use to wait longer than that in a queue. */
  readonly patienceMs?: number;
  /** What it has taken of its caller's limits. */
  readonly limits: LimitHold;
  /** `x-tokligence-priority` as the caller wrote it. */
  readonly priority?: string;
  /** What Claude Code says of the request: `x-claude-code-request-class`. */
  readonly requestClass?: string;
  /** What the call can be budgeted by beside its key: `x-tokligence-tags`. */
  readonly tags?: readonly string[];
  /** Most tokens that an answer of this model may have, where the caller named no limit and one is needed. */
  readonly outputLimitOf?: (model: string) => number;
  /** Client gone, deadline and shutdown all pull it; its reason is a `GatewayError`. */
  readonly signal: AbortSignal;
}

/**
 * An answer that has begun: the first content or the whole body is here. `pieces` must be drained or returned; the
 * ledger row is durable before the piece with the end comes out. A failure comes out of `pieces` as a thrown
 * `GatewayError`.
 */
export interface ModelReply {
  readonly provider: string;
  /** The model asked of the provider. */
  readonly model: string;
  readonly rawProtocol: Protocol | undefined;
  /** What of the request could not be carried, in the caller's words. */
  readonly dropped: readonly string[];
  /** The number of tokens is an estimate of ours: nobody behind the model counts. */
  readonly estimated?: boolean;
  readonly queueMs: number;
  /** How many were before it when it joined the queue; absent when it did not wait. */
  readonly queuePosition?: number;
  /** Time spent waiting for providers until now, milliseconds. */
  readonly upstreamMs: number;
  readonly pieces: AsyncGenerator<ReplyPiece, void, undefined>;
  /** What the call is charged, nano-dollars, once its row is written; undefined before, and where no price is known. */
  readonly costNanos: () => bigint | undefined;
}

/** A model as `GET /v1/models` lists it. */
export interface ModelInfo {
  readonly id: string;
  readonly ownedBy: string;
  readonly displayName?: string;
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number;
  /** Most tokens of one answer. */
  readonly maxOutputTokens?: number;
}

/** What the doors see of the core. */
export interface Gateway {
  /** Rejects with a `GatewayError` (`model_not_found` before the request itself is judged). The row is then durable. */
  open(call: ModelCall): Promise<ModelReply>;
  /** Throws `model_not_found` if no route would take the model. */
  checkModel(model: string): void;
  /** Where a call that `open` has not answered yet waits for capacity; undefined when it does not. */
  waiting(requestId: RequestId): WaitingPlace | undefined;
  /** Whether it does; unlike `waiting` as cheap for the last of a long queue as for the first. */
  isWaiting(requestId: RequestId): boolean;
  /** What `GET /v1/models` lists: exact routes, aliases and models named by providers. */
  models(): readonly ModelInfo[];
}
