import type { Usage } from "#core/chat/usage.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { encodeUsage } from "#core/wire/openai-responses/token-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Why a response failed, as its `error` says it. */
export interface ResponseFailure {
  readonly code: string;
  readonly message: string;
}

/** What of a response its request does not say. */
export interface ResponseState {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly output: readonly Fields[];
  readonly incomplete?: "max_output_tokens" | "content_filter";
  readonly failure?: ResponseFailure;
  readonly usage?: Usage;
}

/** The response object: what the model did, and the settings of its request as the service repeats them. */
export function responseObject(
  { model, body: { value }, nowSeconds, kept }: EncodeContext,
  { id, createdSeconds }: { readonly id: string; readonly createdSeconds: number },
  { status, output, incomplete, failure, usage }: ResponseState,
): Fields {
  const reasoning = recordOf(value["reasoning"]);
  return {
    id,
    object: "response",
    created_at: createdSeconds,
    status,
    completed_at: status === "completed" ? Math.max(createdSeconds, nowSeconds()) : null,
    background: false,
    error: failure ?? null,
    frequency_penalty: value["frequency_penalty"] ?? 0,
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    instructions: value["instructions"] ?? null,
    max_output_tokens: value["max_output_tokens"] ?? null,
    max_tool_calls: value["max_tool_calls"] ?? null,
    model,
    output,
    parallel_tool_calls: value["parallel_tool_calls"] ?? true,
    presence_penalty: value["presence_penalty"] ?? 0,
    previous_response_id: value["previous_response_id"] ?? null,
    prompt_cache_key: value["prompt_cache_key"] ?? null,
    reasoning: { effort: reasoning?.["effort"] ?? null, summary: reasoning?.["summary"] ?? null },
    safety_identifier: value["safety_identifier"] ?? null,
    service_tier: value["service_tier"] ?? "auto",
    store: kept ?? value["store"] ?? true,
    temperature: value["temperature"] ?? 1,
    text: { format: { type: "text" }, ...recordOf(value["text"]) },
    tool_choice: value["tool_choice"] ?? "auto",
    tools: listOf(value["tools"]).map(shownTool),
    top_logprobs: value["top_logprobs"] ?? 0,
    top_p: value["top_p"] ?? 1,
    truncation: value["truncation"] ?? "disabled",
    usage: encodeUsage(usage),
    user: value["user"] ?? null,
    metadata: value["metadata"] ?? {},
  };
}

/** A function as the service shows it, all its fields there; strict only if that was asked for, since nobody else makes it so. */
function shownTool(tool: unknown): unknown {
  const fields = recordOf(tool);
  if (fields?.["type"] !== "function") return tool;
  return { description: null, parameters: null, ...fields, strict: fields["strict"] ?? false };
}
