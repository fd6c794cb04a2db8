import { expect, test } from "bun:test";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { features } from "#core/chat/feature.ts";
import { chatFidelity } from "#core/wire/openai-chat/fidelity.ts";

/** Every field that OpenAI's own types know; a new one does not compile until it stands here. */
const documented: Readonly<Record<keyof Required<ChatCompletionCreateParams>, true>> = {
  messages: true,
  model: true,
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};

test("every field of OpenAI's is declared with a feature, and every feature has its treatment", () => {
  for (const field of Object.keys(documented)) expect(Object.keys(chatFidelity.fields)).toContain(field);
  const known: ReadonlySet<string> = new Set(["plain", ...features]);
  for (const feature of Object.values(chatFidelity.fields)) expect(known.has(feature)).toBe(true);
  expect(Object.keys(chatFidelity.takes).toSorted()).toEqual([...features].toSorted());
});

test("pitfall 29 chat completions carry alternatives, and refuse what would change the kind of answer", () => {
  expect(chatFidelity.takes.choices.kind).toBe("carry");
  for (const feature of ["audio_output", "previous_response", "conversation", "background", "file_id"] as const) {
    expect([feature, chatFidelity.takes[feature].kind]).toEqual([feature, "refuse"]);
  }
});
