import type { Principal } from "#core/identity/principal.ts";

/** What a request shows of its sender. */
export interface Credentials {
  /** The key as presented in whichever header or query parameter the caller's protocol uses. */
  readonly presented: string | undefined;
  /** The peer's address as the socket has it; undefined where there is none, such as on the control socket. */
  readonly address?: string | undefined;
  /** Whether the peer's address is loopback. */
  readonly fromLoopback: boolean;
}

/**
 * Turns credentials into a principal. Answers at once when it knows, with a promise when it must ask a store.
 * Throws (or rejects with) `unauthenticated`, the same for unknown, revoked, expired and malformed keys, or
 * `storage_failed`.
 */
export interface Authenticator {
  authenticate(credentials: Credentials): Principal | Promise<Principal>;
}
