import type { ModelFacts } from "#core/catalog/model-facts.ts";

/** A model about which nothing is special, with what a test changes. */
export function plainFacts(changes: Partial<ModelFacts> = {}): ModelFacts {
  return {
    model: "m",
    reasoning: { by: "none" },
    sampling: true,
    temperatureWithTopP: true,
    openAiReasoning: false,
    preferredApi: "chat",
    toolsInChat: true,
    forcedTools: true,
    midSystem: false,
    jsonSchema: true,
    jsonWithTools: true,
    resultMedia: false,
    needsThoughtSignature: false,
    prefill: true,
    cacheBreakpoints: false,
    input: ["text", "image"],
    ...changes,
  };
}
