import type { Principal } from "#core/identity/principal.ts";

/** One limit as its caller sees it. */
export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  /** Until it is whole again. */
  readonly resetMs: number;
}

/** The tightest limit of each kind that applies to a caller, for the headers of its protocol. */
export interface LimitReport {
  readonly requests?: LimitState;
  readonly tokens?: LimitState;
  /** Tokens left of the day's or month's quota, whichever is less. */
  readonly quotaRemaining?: number;
}

/** How a call ended, for its limits. */
export interface HoldEnd {
  /** Tokens really taken, input and output; undefined when nobody knows: the estimate then stands. */
  readonly tokens: number | undefined;
  /** Turned away by us: everything is given back, the request too. */
  readonly refused: boolean;
}

/** What one call has taken of its caller's limits. */
export interface LimitHold {
  /** Whether anything of this caller is limited by tokens: without, nobody need estimate them. */
  readonly countsTokens: boolean;
  /** Takes the estimate of its tokens. Throws `rate_limited` or `quota_exhausted`, and then nothing was taken. */
  reserve(tokens: number): void;
  /** Puts the truth in the place of the estimate and gives the concurrent place back. Further calls do nothing. */
  settle(end: HoldEnd): void;
  report(): LimitReport;
}

/** Where a call comes from. Looking an address up is dear: it is asked for only where it decides. */
export interface CallOrigin {
  /** IP address of the peer; empty for a Unix socket. */
  readonly address: string;
}

/** Every limit of callers, whatever it is counted by. */
export interface Limiter {
  /**
   * Takes one request and one concurrent place from everything that limits this caller, all or nothing: by key, user, team and
   * address. Throws `rate_limited` with the time to come back, or `quota_exhausted`. Where `takesTokens` is false, as for
   * counting a prompt, no limit of tokens is asked, now or later.
   */
  enter(principal: Principal, origin: CallOrigin, takesTokens: boolean): LimitHold;
}
