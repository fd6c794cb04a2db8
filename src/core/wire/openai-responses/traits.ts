import type { EncodeTarget, WireTraits } from "#core/wire/codec.ts";

/** What the Responses protocol can say of tools and turns: all that OpenAI's own clients do, but no `stop`. */
export function responsesTraits({ dialect }: Pick<EncodeTarget, "dialect">): WireTraits {
  return {
    toolName: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 },
    callId: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 },
    namespaces: dialect.customTools,
    customTools: dialect.customTools,
    midSystem: true,
    resultMedia: true,
    heic: false,
    answeredCalls: true,
    tokens: ["encrypted"],
    stops: false,
  };
}
