import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { Feature } from "#core/chat/feature.ts";

/** How a server deviates from its protocol's own author. Data of a preset. */
export interface Dialect {
  /** Understands the role `developer`. */
  readonly developerRole: boolean;
  /** Field of the output limit of chat completions. */
  readonly maxTokensField: "max_tokens" | "max_completion_tokens" | "by-model";
  /** Takes `stream_options.include_usage`. */
  readonly streamOptions: boolean;
  /** Field under which thoughts go back to it in the history; undefined when they do not. */
  readonly reasoningField?: "reasoning_content" | "reasoning";
  /** What it wants in that field, in a turn with calls whose thoughts nobody has; undefined when it does without. */
  readonly reasoningStandIn?: string;
  /** Knows freeform (`custom`) tools. */
  readonly customTools: boolean;
  /** Takes `strict` on tools and JSON schemas. */
  readonly strictTools: boolean;
  /** Takes `reasoning_effort`. */
  readonly reasoningEffort: boolean;
  /** Takes pictures as URLs; otherwise they must come as bytes. */
  readonly imageUrls: boolean;
  /** Features that this server refuses although its protocol knows them. */
  readonly lacks: readonly Feature[];
}

/** What chat completions call the output limit of a model here. */
export function limitFieldOf(
  { maxTokensField }: Pick<Dialect, "maxTokensField">,
  { openAiReasoning }: Pick<ModelFacts, "openAiReasoning">,
): "max_tokens" | "max_completion_tokens" {
  if (maxTokensField !== "by-model") return maxTokensField;
  return openAiReasoning ? "max_completion_tokens" : "max_tokens";
}

/** The protocol's own author: everything as documented. */
export const authorDialect: Dialect = {
  developerRole: true,
  maxTokensField: "by-model",
  streamOptions: true,
  customTools: true,
  strictTools: true,
  reasoningEffort: true,
  imageUrls: true,
  lacks: [],
};

/** A server of which only the protocol is known: what every one of them understands. */
export const plainDialect: Dialect = {
  developerRole: false,
  maxTokensField: "by-model",
  streamOptions: true,
  customTools: false,
  strictTools: true,
  reasoningEffort: true,
  imageUrls: true,
  lacks: [],
};
