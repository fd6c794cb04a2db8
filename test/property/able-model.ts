import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import { plainChat as chatWith } from "#core/chat/plain-chat.test-data.ts";

/** A model that takes everything, so that nothing is lost for its sake. */
export const ableFacts = plainFacts({
  model: "able",
  reasoning: { by: "effort", levels: ["minimal", "low", "medium", "high"] },
  midSystem: true,
  resultMedia: true,
  input: ["text", "image", "file"],
});

/** A request that asks for nothing in particular. */
export const plainChat = chatWith({ model: "able", messages: [], streamUsage: false });
