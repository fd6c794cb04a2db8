import type { Feature } from "#core/chat/feature.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { refuseOtherCase } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What each top-level field asks for by being there; `plain` ones are read elsewhere or mean nothing to a model. */
export const topLevel: Readonly<Record<string, Feature | "plain">> = {
  model: "plain",
  input: "plain",
  instructions: "plain",
  stream: "plain",
  stream_options: "plain",
  tools: "plain",
  tool_choice: "plain",
  reasoning: "plain",
  text: "plain",
  client_metadata: "plain",
  // The gateway keeps responses itself, whoever answered.
  store: "plain",
  max_output_tokens: "max_output_tokens",
  temperature: "temperature",
  top_p: "top_p",
  top_logprobs: "logprobs",
  parallel_tool_calls: "parallel_tool_calls",
  include: "include",
  previous_response_id: "previous_response",
  conversation: "conversation",
  background: "background",
  prompt: "prompt_template",
  truncation: "truncation",
  metadata: "metadata",
  context_management: "context_management",
  prompt_cache_key: "prompt_cache_key",
  prompt_cache_options: "cache_options",
  prompt_cache_retention: "cache_options",
  user: "user",
  safety_identifier: "user",
  service_tier: "service_tier",
  moderation: "moderation",
  max_tool_calls: "hosted_tools",
};

/** Values that are the service's own defaults, and so ask for nothing. */
const defaults: Readonly<Record<string, unknown>> = {
  top_logprobs: 0,
  parallel_tool_calls: true,
  background: false,
  truncation: "disabled",
  service_tier: "auto",
};

/** Asks for what the top-level fields of a request ask for; a field that the protocol does not know is named as such. */
export function askTopLevel(value: Fields, asked: AskedFeatures): void {
  for (const [field, said] of Object.entries(value)) {
    if (saysNothing(said) || (Object.hasOwn(defaults, field) && said === defaults[field])) continue;
    // A caller may name a field like something that every object has.
    const feature = Object.hasOwn(topLevel, field) ? topLevel[field] : undefined;
    if (feature === undefined) refuseOtherCase(field, (name) => Object.hasOwn(topLevel, name));
    // What limits the service's own tools has no word elsewhere.
    if (feature === undefined || field === "max_tool_calls") asked.unknownFields.push(field);
    else if (field === "include") askIncluded(said, asked);
    else if (feature !== "plain") asked.add(feature, field);
  }
  const verbosity = recordOf(value["text"])?.["verbosity"] ?? "medium";
  if (verbosity !== "medium") asked.add("verbosity", "text.verbosity");
}

function askIncluded(include: unknown, asked: AskedFeatures): void {
  for (const entry of listOf(include)) {
    if (entry === "message.output_text.logprobs") asked.add("logprobs", "include");
    // What thinking is encrypted in always comes back.
    else if (entry !== "reasoning.encrypted_content") asked.add("include", "include");
  }
}

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  const fields = recordOf(value);
  return fields !== undefined && Object.keys(fields).length === 0;
}
