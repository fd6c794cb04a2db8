import { features } from "#core/chat/feature.ts";
import { carry, type Fidelity, note, type Takes, type Treatment } from "#core/wire/fidelity.ts";

const own: Partial<Takes> = {
  embedding_dimensions: carry,
  embedding_task: note,
  user: note,
};

const absent: Treatment = { kind: "refuse", how: "not a matter of embeddings" };

/** What the embeddings of OpenAI can say. */
export const embeddingFidelity: Fidelity = {
  fields: {
    model: "plain",
    input: "plain",
    encoding_format: "plain",
    dimensions: "embedding_dimensions",
    user: "user",
  },
  takes: Object.fromEntries(features.map((feature) => [feature, own[feature] ?? absent])) as Takes,
};
