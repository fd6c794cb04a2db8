import type { ChatEvent } from "#core/chat/event.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import type { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";
import type { TokenBook } from "#core/translation/token-book.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** Protocols of callers that have no place for what a provider signed and wants back. */
const withoutTokens: ReadonlySet<Protocol> = new Set<Protocol>(["openai-chat"]);

/** What is kept of answers for the requests that follow them: thoughts that the caller cannot carry, makers of tokens. */
export class AnswerMemory {
  readonly #tokens: TokenBook;
  readonly #thoughts: ReasoningKeeper;

  constructor(tokens: TokenBook, thoughts: ReasoningKeeper) {
    this.#tokens = tokens;
    this.#thoughts = thoughts;
  }

  /** The provider that made an opaque token, if this process saw it being made. */
  readonly makerOf = (token: string): string | undefined => this.#tokens.makerOf(token);

  /** The call with what its caller could not carry put back in its place. */
  recall(call: ModelCall): ModelCall {
    if (!withoutTokens.has(call.protocol) || call.request.operation === "embeddings") return call;
    const chat = this.#thoughts.recall(call.principal.tenantId, call.request.chat);
    return chat === call.request.chat ? call : { ...call, request: { ...call.request, chat } };
  }

  /** What is to see the events of an answer in order; undefined when there is nothing to remember of it. */
  watch(call: ModelCall, answer: OpenedAnswer): ((events: readonly ChatEvent[]) => void) | undefined {
    const provider = answer.deployment.provider.name;
    if (answer.reply.rawProtocol !== undefined) return (events) => this.#tokens.remember(provider, events);
    return withoutTokens.has(call.protocol) ? this.#thoughts.remember(call.principal.tenantId) : undefined;
  }
}
