/** What is known of a call that was made under an idempotency key. */
export interface IdempotentRecord {
  /** 32 bytes: what was asked. */
  readonly fingerprint: Uint8Array;
  /** `begun`: sent on its way, and no end of it is known. `not_kept`: answered, but the answer was too large. */
  readonly state: "begun" | "answered" | "not_kept";
  /** The sealed answer; there exactly when it is `answered`. */
  readonly answer?: Uint8Array;
}

/** A call that is about to be sent on its way. */
export interface BegunCall {
  /** 32 bytes that stand for caller and key. */
  readonly id: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Milliseconds since the epoch, as the next. */
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** Calls by idempotency key. Every change is durable when its promise resolves; trouble rejects with `storage_failed`. */
export interface IdempotencyStore {
  /** Undefined when there is none or its time is over. */
  findIdempotent(id: Uint8Array, nowMs: number): Promise<IdempotentRecord | undefined>;
  /** False, and nothing is changed, when another process was first under this id and its time is not over. */
  beginIdempotent(call: BegunCall): Promise<boolean>;
  /** Keeps the sealed answer of a call that has begun, or, without one, that it was answered. */
  endIdempotent(id: Uint8Array, answer: Uint8Array | undefined): Promise<void>;
  /** As if it had never begun. */
  forgetIdempotent(id: Uint8Array): Promise<void>;
  /** Forgets at most `limit` calls whose time is over; how many it were. */
  sweepIdempotent(nowMs: number, limit: number): Promise<number>;
}
