import type { Fidelity } from "#core/wire/fidelity.ts";
import { embeddingFidelity } from "#core/wire/openai-embeddings/fidelity.ts";

/** What callers of Gemini's embeddings may write, and what Gemini does with what callers of others ask. */
export const geminiEmbeddingFidelity: Fidelity = {
  fields: {
    content: "plain",
    "requests[].content": "plain",
    taskType: "embedding_task",
    title: "embedding_task",
    outputDimensionality: "embedding_dimensions",
  },
  takes: { ...embeddingFidelity.takes, embedding_dimensions: { kind: "fold", how: "outputDimensionality" } },
};
