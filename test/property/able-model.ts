import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { ChatRequest } from "#core/chat/request.ts";

/** A model that takes everything, so that nothing is lost for its sake. */
export const ableFacts: ModelFacts = {
  model: "able",
  reasoning: { by: "effort", levels: ["minimal", "low", "medium", "high"] },
  sampling: true,
  temperatureWithTopP: true,
  openAiReasoning: false,
  preferredApi: "chat",
  toolsInChat: true,
  forcedTools: true,
  midSystem: true,
  jsonSchema: true,
  resultMedia: true,
  needsThoughtSignature: false,
  prefill: true,
  cacheBreakpoints: false,
  input: ["text", "image", "file"],
};

/** A request that asks for nothing in particular. */
export const plainChat: ChatRequest = {
  model: "able",
  messages: [],
  tools: [],
  toolChoice: { type: "auto" },
  stream: false,
  streamUsage: true,
  stop: [],
  choices: 1,
  asked: new Map(),
  unknownFields: [],
};
