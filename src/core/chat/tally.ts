import { acceptableUsage } from "#core/chat/acceptable-usage.ts";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { charactersPerToken, estimatedInputTokens } from "#core/chat/token-estimate.ts";
import type { Usage, UsageSource } from "#core/chat/usage.ts";

/** Token counts together with who says so. */
export interface TokenCount {
  readonly usage: Usage;
  readonly source: UsageSource;
}

/** Watches the events of one answer and says, at any moment, how many tokens it has used and who says so. */
export class Tally {
  readonly #request: CanonicalRequest;
  #reported: Usage | undefined;
  #producedCharacters = 0;
  #content = false;
  responseModel: string | undefined;

  constructor(request: CanonicalRequest) {
    this.#request = request;
  }

  see(event: ChatEvent): void {
    switch (event.type) {
      case "start":
        this.responseModel = event.model ?? this.responseModel;
        return;
      case "usage":
        this.#reported = { ...this.#reported, ...acceptableUsage(event.usage) };
        return;
      case "text":
      case "reasoning":
      case "refusal":
      case "tool-arguments":
        this.#producedCharacters += event.text.length;
        this.#content = true;
        return;
      case "tool-call":
        this.#producedCharacters += event.name.length;
        this.#content = true;
        return;
      case "reasoning-token":
      case "citation":
      case "logprobs":
      case "embedding":
      case "opaque":
      case "finish":
        this.#content = true;
        return;
      case "error":
      case "end":
        return;
    }
  }

  /** Tokens of the answer so far, by estimate. */
  get producedTokens(): number {
    return Math.ceil(this.#producedCharacters / charactersPerToken);
  }

  /**
   * The provider's counts where it gave them; otherwise an estimate of what was sent and produced. Having tokens counted
   * uses none.
   */
  count(): TokenCount {
    if (this.#request.operation === "count") return { usage: {}, source: "none" };
    if (this.#reported?.inputTokens !== undefined && this.#reported.outputTokens !== undefined) {
      return { usage: this.#reported, source: "upstream" };
    }
    if (!this.#content && this.#reported === undefined) return { usage: {}, source: "none" };
    return { usage: { ...this.#estimate(), ...this.#reported }, source: "estimated" };
  }

  #estimate(): Usage {
    return {
      inputTokens: estimatedInputTokens(this.#request),
      outputTokens: this.producedTokens,
    };
  }
}
