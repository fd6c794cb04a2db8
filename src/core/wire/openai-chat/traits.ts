import type { EncodeTarget, WireTraits } from "#core/wire/codec.ts";

/** What chat completions can say of tools and turns. */
export function chatTraits({ facts, dialect }: Pick<EncodeTarget, "facts" | "dialect">): WireTraits {
  return {
    toolName: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 },
    callId: { pattern: /^[A-Za-z0-9_-]+$/, most: 40 },
    namespaces: false,
    customTools: dialect.customTools,
    midSystem: true,
    resultMedia: false,
    heic: false,
    answeredCalls: true,
    tokens: [],
    // OpenAI's reasoning models refuse `stop`.
    stops: !facts.openAiReasoning && !dialect.lacks.includes("stop"),
  };
}
