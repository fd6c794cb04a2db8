import type { EncodeTarget, WireTraits } from "#core/wire/codec.ts";

/** What Messages can say of tools and turns. */
export function messagesTraits({ facts }: Pick<EncodeTarget, "facts">): WireTraits {
  return {
    toolName: { pattern: /^[A-Za-z0-9_-]+$/, most: 128 },
    callId: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 },
    namespaces: false,
    customTools: false,
    midSystem: facts.midSystem,
    resultMedia: true,
    heic: false,
    answeredCalls: true,
    tokens: ["signature", "redacted"],
    stops: true,
  };
}
