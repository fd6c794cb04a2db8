import type { ChatEvent } from "#core/chat/event.ts";
import type { Digest } from "#core/effects/digest.ts";
import { RecentCache } from "#core/recent-cache.ts";

const utf8 = new TextEncoder();

/** What the book is built from. */
export interface TokenBookParts {
  readonly digest: Digest;
  /** Most tokens that are remembered. */
  readonly limit: number;
}

/**
 * Remembers which provider made an opaque token that went to a caller in its maker's own form, which is what answers that
 * are passed through do. Holds digests, never tokens.
 */
export class TokenBook {
  readonly #digest: Digest;
  readonly #makers: RecentCache<string>;

  constructor({ digest, limit }: TokenBookParts) {
    this.#digest = digest;
    this.#makers = new RecentCache(limit);
  }

  /** Notes the tokens among the events of an answer that `provider` gave and that was passed through. */
  remember(provider: string, events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (event.type === "reasoning-token") this.#makers.set(this.#key(event.token.data), provider);
    }
  }

  /** The provider that made the token; undefined when nobody saw it being made, or too long ago. */
  makerOf(token: string): string | undefined {
    return this.#makers.get(this.#key(token));
  }

  #key(token: string): string {
    return this.#digest.sha256(utf8.encode(token)).toBase64();
  }
}
