import type { ErrorFamily } from "#core/errors.ts";
import type { ModelInfo } from "#core/model-call.ts";

/** How models are listed in one family's words: each of them, and all. */
export interface ModelListing {
  one(model: ModelInfo): unknown;
  all(models: readonly ModelInfo[]): unknown;
}

/** Anthropic allows it where nobody knows when a model was made. */
const unknownTime = "1970-01-01T00:00:00Z";

/**
 * `created` is 0: nobody told when the model was made, and clients only want a number there. The limits are named as
 * other OpenAI-like services name them.
 */
const openAi: ModelListing = {
  one: ({ id, ownedBy, contextWindow, maxOutputTokens }) => ({
    id,
    object: "model",
    created: 0,
    owned_by: ownedBy,
    ...(contextWindow === undefined ? {} : { context_window: contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
  }),
  all: (models) => ({ object: "list", data: models.map(openAi.one) }),
};

const anthropic: ModelListing = {
  one: ({ id, displayName, contextWindow, maxOutputTokens }) => ({
    type: "model",
    id,
    display_name: displayName ?? id,
    created_at: unknownTime,
    lifecycle: "active",
    max_input_tokens: contextWindow ?? null,
    max_tokens: maxOutputTokens ?? null,
  }),
  all: (models) => ({
    object: "list",
    data: models.map(anthropic.one),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
};

const gemini: ModelListing = {
  one: ({ id, displayName, contextWindow, maxOutputTokens }) => ({
    name: `models/${id}`,
    version: "001",
    displayName: displayName ?? id,
    ...(contextWindow === undefined ? {} : { inputTokenLimit: contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ["generateContent", "countTokens", "embedContent"],
  }),
  all: (models) => ({ models: models.map(gemini.one) }),
};

/** Each family's way of listing models. */
export const modelListings: Readonly<Record<ErrorFamily, ModelListing>> = { openai: openAi, anthropic, gemini };
