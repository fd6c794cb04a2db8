import { features } from "#core/chat/feature.ts";
import type { Fidelity, Takes, Treatment } from "#core/wire/fidelity.ts";

const own: Partial<Takes> = {
  embedding_dimensions: { kind: "carry" },
  embedding_task: { kind: "note" },
  user: { kind: "note" },
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
  takes: takesOf(own, absent),
};

function takesOf(known: Partial<Takes>, other: Treatment): Takes {
  const takes: Partial<Record<keyof Takes, Treatment>> = {};
  for (const feature of features) takes[feature] = known[feature] ?? other;
  return takes as Takes;
}
