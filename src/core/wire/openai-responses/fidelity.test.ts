import { expect, test } from "bun:test";
import { features } from "#core/chat/feature.ts";
import { responsesFidelity } from "#core/wire/openai-responses/fidelity.ts";
import { decoded } from "#core/wire/openai-responses/responses.test-data.ts";

const everything = {
  input: [
    {
      role: "user",
      content: [
        {
          type: "input_image",
          image_url: "https://a/b.png",
          detail: "low",
          prompt_cache_breakpoint: { mode: "explicit" },
        },
        { type: "input_image", image_url: "data:image/png;base64,AAAA" },
        { type: "input_file", file_data: "AAAA" },
        { type: "input_file", file_url: "https://a/b.pdf" },
        { type: "input_file", file_id: "file-1" },
        { type: "input_audio", input_audio: { data: "AAAA" } },
      ],
    },
    { role: "assistant", phase: "commentary", content: [{ type: "output_text", text: "a", annotations: [{}] }] },
    { role: "system", content: "b" },
    { type: "reasoning", summary: [] },
    { type: "function_call_output", call_id: "c", output: [{ type: "input_image", image_url: "https://a/b.png" }] },
  ],
  tools: [
    { type: "function", name: "f", strict: true, defer_loading: true },
    { type: "namespace", name: "n", tools: [{ type: "custom", name: "g" }] },
    { type: "web_search" },
    { type: "mcp" },
    { type: "file_search" },
  ],
  text: { format: { type: "json_schema", schema: {} }, verbosity: "high" },
  reasoning: { effort: "low", summary: "auto" },
  max_output_tokens: 1,
  temperature: 1,
  top_p: 1,
  top_logprobs: 1,
  parallel_tool_calls: false,
  include: ["file_search_call.results"],
  previous_response_id: "a",
  conversation: "a",
  background: true,
  prompt: { id: "a" },
  truncation: "auto",
  metadata: { a: "b" },
  context_management: [{}],
  prompt_cache_key: "a",
  prompt_cache_options: { ttl: "30m" },
  user: "a",
  service_tier: "flex",
  moderation: { a: 1 },
};

test("every feature has a treatment, and every one that a caller can ask for is listed with its field", () => {
  expect(Object.keys(responsesFidelity.takes).toSorted()).toEqual([...features].toSorted());
  const asked = [
    ...decoded({ ...everything, tool_choice: "required" }).asked.keys(),
    ...decoded({
      input: "a",
      tool_choice: { type: "allowed_tools" },
      text: { format: { type: "json_object" } },
    }).asked.keys(),
  ];
  const listed = new Set(Object.values(responsesFidelity.fields).filter((feature) => feature !== "plain"));
  expect([...new Set(asked)].toSorted()).toEqual([...listed].toSorted());
});
