import { effortOf } from "#core/chat/effort.ts";
import type { ChatRequest, ReasoningWish, ResponseFormat } from "#core/chat/request.ts";
import { AskedFeatures } from "#core/wire/asked-features.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { type DecodedInput, decodeInput } from "#core/wire/openai-responses/input.ts";
import { decodeToolChoice, decodeTools } from "#core/wire/openai-responses/tool.ts";
import { askTopLevel } from "#core/wire/openai-responses/top-level.ts";
import { optionalCount, optionalFlag, refuseField, requiredText } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

const mostTokens = 2 ** 31;

/**
 * The meaning of a Responses request (OpenAI API reference, "Create a model response"). Judges only what the gateway itself
 * must understand; everything else is the provider's to judge. Throws `invalid_request`.
 */
export function decodeResponsesRequest({ value }: JsonBody): ChatRequest {
  const model = requiredText(value, "model");
  requireInput(value);
  const asked = new AskedFeatures();
  const tools = decodeTools(value["tools"], "tools", asked);
  const input = decodeInput(value["instructions"], value["input"], asked);
  const toolChoice = decodeToolChoice(value["tool_choice"], [...tools, ...input.tools], asked);
  const responseFormat = decodeFormat(input.format ?? recordOf(value["text"])?.["format"], asked);
  const reasoning = decodeReasoning(value["reasoning"], input, asked);
  const stream = optionalFlag(value, "stream");
  const maxOutputTokens = optionalCount(value, "max_output_tokens", mostTokens);
  askTopLevel(value, asked);
  return {
    model,
    messages: input.messages,
    tools: [...tools, ...input.tools],
    toolChoice,
    ...(typeof value["parallel_tool_calls"] === "boolean" ? { parallelToolCalls: value["parallel_tool_calls"] } : {}),
    stream,
    streamUsage: true,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    stop: [],
    choices: 1,
    ...decodeSampling(value),
    ...(responseFormat === undefined ? {} : { responseFormat }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...textsOf(value),
    asked: asked.features,
    unknownFields: asked.unknownFields,
  };
}

function requireInput(value: Fields): void {
  const elsewhere = ["prompt", "previous_response_id", "conversation"].some((field) => (value[field] ?? null) !== null);
  if ((value["input"] ?? null) === null && !elsewhere) {
    throw refuseField("input", "must be a string or a list of items");
  }
}

function decodeSampling(value: Fields): Pick<ChatRequest, "temperature" | "topP" | "topLogprobs"> {
  const { temperature, top_p: topP, top_logprobs: topLogprobs } = value;
  const wanted = listOf(value["include"]).includes("message.output_text.logprobs");
  const alternatives = typeof topLogprobs === "number" && topLogprobs > 0 ? topLogprobs : wanted ? 0 : undefined;
  return {
    ...(typeof temperature === "number" ? { temperature } : {}),
    ...(typeof topP === "number" ? { topP } : {}),
    ...(alternatives === undefined ? {} : { topLogprobs: alternatives }),
  };
}

function textsOf(value: Fields): Pick<ChatRequest, "verbosity" | "serviceTier" | "user" | "promptCacheKey"> {
  const verbosity = textOf(recordOf(value["text"])?.["verbosity"]);
  const serviceTier = textOf(value["service_tier"]);
  const user = textOf(value["safety_identifier"]) ?? textOf(value["user"]);
  const promptCacheKey = textOf(value["prompt_cache_key"]);
  return {
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(user === undefined ? {} : { user }),
    ...(promptCacheKey === undefined ? {} : { promptCacheKey }),
  };
}

function decodeFormat(value: unknown, asked: AskedFeatures): ResponseFormat | undefined {
  const format = recordOf(value);
  if (format === undefined || format["type"] === "text") return undefined;
  if (format["type"] === "json_object") {
    asked.add("json_object", "text.format");
    return { type: "json" };
  }
  const schema = recordOf(format["schema"]);
  if (format["type"] !== "json_schema" || schema === undefined) {
    asked.unknownFields.push("text.format");
    return undefined;
  }
  asked.add("json_schema", "text.format");
  const name = textOf(format["name"]);
  const description = textOf(format["description"]);
  return {
    type: "json-schema",
    schema,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(typeof format["strict"] === "boolean" ? { strict: format["strict"] } : {}),
  };
}

function decodeReasoning(value: unknown, input: DecodedInput, asked: AskedFeatures): ReasoningWish | undefined {
  const fields = recordOf(value) ?? {};
  const effort = effortOf(input.effort ?? fields["effort"]);
  const summary = textOf(fields["summary"]) ?? textOf(fields["generate_summary"]);
  if (effort !== undefined) asked.add("reasoning_effort", "reasoning.effort");
  if (summary !== undefined) asked.add("reasoning_visible", "reasoning.summary");
  if (textOf(fields["mode"]) !== undefined && fields["mode"] !== "standard") asked.unknownFields.push("reasoning.mode");
  if (effort === undefined && summary === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { visible: true }) };
}
