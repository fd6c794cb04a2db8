import { z } from "zod";

const count = z.number().int().nonnegative();
const id = z.string().min(1);
const textOrNull = z.string().nullable();

const outputText = z.object({
  type: z.literal("output_text"),
  text: z.string(),
  annotations: z.array(z.object({ type: z.string() })),
  logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })).optional(),
});
const refusal = z.object({ type: z.literal("refusal"), refusal: z.string() });
const contentPart = z.discriminatedUnion("type", [outputText, refusal]);
const summaryPart = z.object({ type: z.literal("summary_text"), text: z.string() });
const itemStatus = z.enum(["in_progress", "completed", "incomplete"]);

const outputItem = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    id,
    role: z.literal("assistant"),
    status: itemStatus,
    content: z.array(contentPart),
    phase: z.enum(["commentary", "final_answer"]).optional(),
  }),
  z.object({
    type: z.literal("function_call"),
    id,
    call_id: id,
    name: id,
    arguments: z.string(),
    status: itemStatus,
  }),
  z.object({
    type: z.literal("reasoning"),
    id,
    summary: z.array(summaryPart),
    encrypted_content: z.string().optional(),
  }),
]);

/** What the Open Responses specification (openresponses.org, "ResponseResource") wants in every response object. */
export const responseSchema = z.object({
  id,
  object: z.literal("response"),
  created_at: count,
  completed_at: count.nullable(),
  status: z.enum(["in_progress", "completed", "incomplete", "failed"]),
  incomplete_details: z.object({ reason: z.string() }).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  model: id,
  previous_response_id: textOrNull,
  instructions: textOrNull,
  output: z.array(outputItem),
  tools: z.array(
    z.object({
      type: z.literal("function"),
      name: id,
      description: textOrNull,
      parameters: z.record(z.string(), z.unknown()).nullable(),
      strict: z.boolean().nullable(),
    }),
  ),
  tool_choice: z.enum(["auto", "none", "required"]),
  parallel_tool_calls: z.boolean(),
  truncation: z.enum(["auto", "disabled"]),
  text: z.object({ format: z.object({ type: z.string() }) }),
  temperature: z.number(),
  top_p: z.number(),
  top_logprobs: count,
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  reasoning: z.object({ effort: textOrNull, summary: textOrNull }).nullable(),
  usage: z
    .object({
      input_tokens: count,
      output_tokens: count,
      total_tokens: count,
      input_tokens_details: z.object({ cached_tokens: count }),
      output_tokens_details: z.object({ reasoning_tokens: count }),
    })
    .nullable(),
  max_output_tokens: count.nullable(),
  max_tool_calls: count.nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: textOrNull,
  prompt_cache_key: textOrNull,
});

const whole = { response: responseSchema };
const item = { output_index: count, item: outputItem };
const inItem = { item_id: id, output_index: count };
const inPart = { ...inItem, content_index: count };
const inSummary = { ...inItem, summary_index: count };

/** The fields of each event of a stream beside `type` and `sequence_number`. */
const events = {
  "response.created": whole,
  "response.in_progress": whole,
  "response.completed": whole,
  "response.incomplete": whole,
  "response.failed": whole,
  "response.output_item.added": item,
  "response.output_item.done": item,
  "response.content_part.added": { ...inPart, part: contentPart },
  "response.content_part.done": { ...inPart, part: contentPart },
  "response.output_text.delta": { ...inPart, delta: z.string(), logprobs: z.array(z.unknown()) },
  "response.output_text.done": { ...inPart, text: z.string(), logprobs: z.array(z.unknown()) },
  "response.refusal.delta": { ...inPart, delta: z.string() },
  "response.refusal.done": { ...inPart, refusal: z.string() },
  "response.function_call_arguments.delta": { ...inItem, delta: z.string() },
  "response.function_call_arguments.done": { ...inItem, arguments: z.string() },
  "response.reasoning_summary_part.added": { ...inSummary, part: summaryPart },
  "response.reasoning_summary_part.done": { ...inSummary, part: summaryPart },
  "response.reasoning_summary_text.delta": { ...inSummary, delta: z.string() },
  "response.reasoning_summary_text.done": { ...inSummary, text: z.string() },
} as const;

/** An event of a stream, of a type that the specification knows. */
export const eventSchema = z
  .looseObject({ type: z.enum(Object.keys(events) as (keyof typeof events)[]), sequence_number: count })
  .superRefine((event, context) => {
    const { error } = z.object(events[event.type]).safeParse(event);
    if (error !== undefined) context.addIssue({ code: "custom", message: `${event.type}: ${error.message}` });
  });

/** A response object as it was read. */
export type OpenResponse = z.output<typeof responseSchema>;
