/**
 * What a protocol does with a feature that is asked of it: **carry** it as it is, **fold** it into another way of saying it
 * with nothing lost, **shim**: the gateway does it itself, **note**: leave it out and name it to the caller, **refuse**
 * the call before anything is sent.
 */
export type TreatmentKind = "carry" | "fold" | "shim" | "note" | "refuse";

/** A treatment and, where the word alone does not tell, how. */
export interface Treatment {
  readonly kind: TreatmentKind;
  readonly how?: string;
}

/** Everything a caller may ask for that some protocol cannot say. */
export const features = [
  // Sampling and length
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_k",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "logprobs",
  "choices",
  "stop",
  // Form of the answer
  "json_object",
  "json_schema",
  "verbosity",
  "audio_output",
  "image_output",
  "prediction",
  // Thinking
  "reasoning_effort",
  "reasoning_budget",
  "reasoning_visible",
  // Tools
  "tools",
  "tool_strict",
  "tool_choice",
  "allowed_tools",
  "parallel_tool_calls",
  "custom_tools",
  "tool_namespaces",
  "tool_examples",
  "deferred_tools",
  "web_search",
  "hosted_tools",
  "mcp_servers",
  // Conversation
  "mid_conversation_system",
  "participant_name",
  "image_data",
  "image_url",
  "image_detail",
  "audio_input",
  "video_input",
  "file_data",
  "file_url",
  "file_id",
  "tool_result_media",
  "tool_result_error",
  "reasoning_history",
  "citations",
  "document_context",
  "message_phase",
  // State
  "store",
  "previous_response",
  "conversation",
  "background",
  "prompt_template",
  "container",
  "cached_content",
  "context_management",
  "truncation",
  "include",
  // Caching and accounting
  "cache_marks",
  "prompt_cache_key",
  "cache_options",
  "user",
  "metadata",
  "service_tier",
  "moderation",
  "safety_settings",
  "embedding_task",
  "embedding_dimensions",
] as const;

/** One thing that may be asked for. */
export type Feature = (typeof features)[number];

/** What a protocol, as a provider's, does with every feature. */
export type Takes = Readonly<Record<Feature, Treatment>>;

/**
 * A protocol's own declaration, and the only source of the printed matrix. `fields` are the fields a caller of the protocol
 * may write, by path, with the feature that each asks for (`plain` for what every protocol can say).
 */
export interface Fidelity {
  readonly fields: Readonly<Record<string, Feature | "plain">>;
  /** Those of the fields that the gateway itself answers for, whoever the provider is. */
  readonly own?: Readonly<Record<string, Treatment>>;
  readonly takes: Takes;
}
