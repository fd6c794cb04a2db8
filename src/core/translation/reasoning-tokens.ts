import type { ChatRequest, OpaqueToken, ReasoningPart } from "#core/chat/request.ts";
import { withParts } from "#core/translation/foreign-parts.ts";
import type { Notes } from "#core/translation/notes.ts";
import { decideToken, unwrapToken } from "#core/wire/opaque-token.ts";

/** For whom the thinking in a request is sifted. */
export interface ThinkingTarget {
  readonly provider: string;
  /** Kinds of tokens that its protocol has a place for. */
  readonly kinds: readonly OpaqueToken["kind"][];
  /** Whether the caller's protocol is of the same family, so that a token not wrapped may be its own. */
  readonly sameFamily: boolean;
  /** Whether it wants thoughts back that have no token. */
  readonly wantsText: boolean;
  readonly tokenMaker: (token: string) => string | undefined;
  readonly notes: Notes;
}

/** The request with the thinking that the provider itself made, its tokens unwrapped, and without all other. */
export function ownThinking(chat: ChatRequest, target: ThinkingTarget): ChatRequest {
  return withParts(chat, (part) => {
    if (part.type !== "reasoning") return [part];
    const own = ownPart(part, target);
    if (own === undefined && chat.asked.has("reasoning_history")) target.notes.note("reasoning_history");
    return own === undefined ? [] : [own];
  });
}

function ownPart(part: ReasoningPart, target: ThinkingTarget): ReasoningPart | undefined {
  const { token, text } = part;
  if (token === undefined) return target.wantsText && text !== "" ? part : undefined;
  const wrapped = unwrapToken(token.data);
  if (wrapped?.kind === "unsigned") {
    const wanted = wrapped.provider === target.provider && target.wantsText && text !== "";
    return wanted ? { type: "reasoning", text } : undefined;
  }
  const decision = decideToken(token.data, target.provider, target.tokenMaker(token.data));
  if (decision === "drop") return undefined;
  if (decision === "keep") return target.sameFamily && target.kinds.includes(token.kind) ? part : undefined;
  if (wrapped === undefined || !target.kinds.includes(wrapped.kind)) return undefined;
  return { type: "reasoning", text, token: { kind: wrapped.kind, data: decision.replace } };
}
