import type { ChatRequest } from "#core/chat/request.ts";
import { withParts } from "#core/translation/foreign-parts.ts";
import { stableCallId } from "#core/wire/stable-hash.ts";
import type { WireTraits } from "#core/wire/codec.ts";

/** The id itself where it fits the rule, else a short one made of it alone: the same on call and result, at every replay. */
export function fittingCallId(id: string, { pattern, most }: WireTraits["callId"]): string {
  return id.length <= most && pattern.test(id) ? id : stableCallId(id);
}

/** The request with all ids of calls in the form that the provider takes. */
export function withFittingCallIds(chat: ChatRequest, rule: WireTraits["callId"]): ChatRequest {
  return withParts(chat, (part) => {
    if (part.type === "tool-call") {
      const id = fittingCallId(part.id, rule);
      return [id === part.id ? part : { ...part, id }];
    }
    if (part.type === "tool-result") {
      const callId = fittingCallId(part.callId, rule);
      return [callId === part.callId ? part : { ...part, callId }];
    }
    return [part];
  });
}
