import { acceptableUsage } from "#core/chat/acceptable-usage.ts";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import {
  charactersPerToken,
  estimatedInputTokens,
  wideCharacters,
  wideCharactersPerToken,
} from "#core/chat/token-estimate.ts";
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
  #narrowCharacters = 0;
  #wideCharacters = 0;
  /** Pieces of text: providers stream no less than a token at a time. */
  #pieces = 0;
  #content = false;
  #finished = false;
  /** The provider has counted since the last piece. */
  #countedLast = false;
  responseModel: string | undefined;
  /** Tokens that all answers together cannot be above, for who asked for them said so: no estimate is. */
  outputBound = Number.POSITIVE_INFINITY;

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
        this.#countedLast = true;
        return;
      case "text":
      case "reasoning":
        this.#produced(event.text, event.frames);
        return;
      case "refusal":
      case "tool-arguments":
        this.#produced(event.text);
        return;
      case "tool-call":
        this.#produced(event.name);
        return;
      case "reasoning-token":
      case "citation":
      case "logprobs":
      case "embedding":
      case "opaque":
        this.#content = true;
        this.#countedLast = false;
        return;
      case "finish":
        this.#content = true;
        this.#finished = true;
        return;
      case "error":
      case "end":
        return;
    }
  }

  #produced(text: string, frames = 1): void {
    const wide = wideCharacters(text);
    this.#wideCharacters += wide;
    this.#narrowCharacters += text.length - wide;
    if (text !== "") this.#pieces += frames;
    this.#content = true;
    this.#countedLast = false;
  }

  /** Tokens of the answer so far, by estimate. */
  get producedTokens(): number {
    const byText = this.#narrowCharacters / charactersPerToken + this.#wideCharacters / wideCharactersPerToken;
    return Math.max(Math.ceil(byText), this.#pieces);
  }

  /** Whether anything was shown. */
  get hasContent(): boolean {
    return this.#content;
  }

  /**
   * Of an answer that came to its end: the provider's counts where it gave them; otherwise an estimate of what was sent and
   * produced. Having tokens counted uses none.
   */
  count(): TokenCount {
    if (this.#request.operation === "count") return { usage: {}, source: "none" };
    if (this.#reported?.inputTokens !== undefined && this.#reported.outputTokens !== undefined) {
      return { usage: this.#reported, source: "upstream" };
    }
    if (!this.#content && this.#reported === undefined) return { usage: {}, source: "none" };
    return { usage: { ...this.#estimate(), ...this.#reported }, source: "estimated" };
  }

  /**
   * Of an answer that was left or broke: the provider's own count where it counted behind the last of what came; else what
   * had come, for some say the output at its end alone, and 1 before. An estimate until the provider has counted a whole
   * answer, since it may have said more than came through.
   */
  countSoFar(): TokenCount {
    const { usage, source } = this.count();
    if (source === "none" || (source === "upstream" && this.#finished && this.#countedLast)) return { usage, source };
    const counted = this.#countedLast ? usage.outputTokens : undefined;
    const outputTokens = counted ?? Math.max(usage.outputTokens ?? 0, this.#boundedTokens);
    return { usage: { ...usage, outputTokens }, source: "estimated" };
  }

  /** Of a call that was left before anything came, after a provider had been asked: it has read the input. */
  countAsked(): TokenCount {
    if (this.#request.operation === "count") return { usage: {}, source: "none" };
    return { usage: { ...this.#estimate(), ...this.#reported }, source: "estimated" };
  }

  #estimate(): Usage {
    return {
      inputTokens: estimatedInputTokens(this.#request),
      outputTokens: this.#boundedTokens,
    };
  }

  get #boundedTokens(): number {
    return Math.min(this.producedTokens, this.outputBound);
  }
}
