import { effortOfBudget, nearestEffort } from "#core/chat/effort.ts";
import type { ChatRequest, Effort, ReasoningWish } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { formatInWords, takesSchema } from "#core/wire/openai-chat/response-format.ts";
import { type EncodedInput, encodeInput } from "#core/wire/openai-responses/encode-input.ts";
import { encodeTools } from "#core/wire/openai-responses/encode-tools.ts";
import { saidField } from "#core/wire/said-field.ts";
import { isStrictSchema } from "#core/wire/strict-schema.ts";
import { noteUnthinking } from "#core/wire/unthinking-model.ts";

type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
/** The least limit that the service takes. */
const leastOutputTokens = 16;
const longestKey = 64;
const serviceTiers: ReadonlySet<string> = new Set([
  "auto",
  "default",
  "flex",
  "scale",
  "priority",
  "fast",
  "ultrafast",
]);

/** What is counted of a request: what its answer would be made from. */
export function encodeCountRequest(request: ChatRequest, target: EncodeTarget): Uint8Array {
  return encoder.encode(JSON.stringify({ model: target.model, ...encodePrompt(request, target) }));
}

function encodePrompt(request: ChatRequest, target: EncodeTarget): Fields {
  const text = encodeText(request, target);
  const reasoning = encodeReasoningWish(request, target);
  return {
    ...encodeTools(request, target),
    ...(text === undefined ? {} : { text }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...withWords(encodeInput(request, target), request, target),
  };
}

/** The form of the answer in words, where the model takes none, or where the service wants to read of JSON in the input. */
function withWords(said: EncodedInput, { messages, responseFormat }: ChatRequest, target: EncodeTarget): EncodedInput {
  const words = formatInWords(responseFormat, said.instructions === undefined ? messages : messages.slice(1), target);
  if (words === undefined) return said;
  const role = target.dialect.developerRole ? "developer" : "system";
  const item = { type: "message", role, content: [{ type: "input_text", text: words }] };
  return { ...said, input: [item, ...said.input] };
}

/**
 * A request to answer, kept by nobody but the gateway. The input stands last, so that a longer conversation begins with the
 * bytes of the shorter one. What the server's dialect lacks of values has been taken out before. Throws
 * `unsupported_value` naming the field.
 */
export function encodeResponsesRequest(request: ChatRequest, target: EncodeTarget): Uint8Array {
  const include = includedIn(request, target);
  const { topLogprobs = 0 } = request;
  const body = {
    model: target.model,
    ...encodeLimits(request, target),
    ...(topLogprobs === 0 ? {} : { top_logprobs: topLogprobs }),
    ...(include.length === 0 ? {} : { include }),
    ...encodeAccount(request, target),
    ...(request.stream ? { stream: true } : {}),
    store: false,
    ...encodePrompt(request, target),
  };
  return encoder.encode(JSON.stringify(body));
}

function encodeLimits({ maxOutputTokens, temperature, topP }: ChatRequest, target: EncodeTarget): Fields {
  const { sampling, temperatureWithTopP } = target.facts;
  const most = target.facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const limit =
    maxOutputTokens === undefined ? undefined : Math.min(Math.max(maxOutputTokens, leastOutputTokens), most);
  if (limit !== maxOutputTokens) target.note("max_output_tokens");
  const topPToo = sampling && (temperature === undefined || temperatureWithTopP);
  return {
    ...(limit === undefined ? {} : { max_output_tokens: limit }),
    ...saidField(target, "temperature", "temperature", temperature, sampling),
    ...saidField(target, "top_p", "top_p", topP, topPToo),
  };
}

function includedIn({ topLogprobs }: ChatRequest, { facts }: EncodeTarget): readonly string[] {
  return [
    // Refused by models that do not think.
    ...(facts.reasoning.by === "none" ? [] : ["reasoning.encrypted_content"]),
    ...(topLogprobs === undefined ? [] : ["message.output_text.logprobs"]),
  ];
}

function encodeAccount({ serviceTier, user, promptCacheKey }: ChatRequest, target: EncodeTarget): Fields {
  return {
    ...saidField(target, "service_tier", "service_tier", serviceTier, serviceTiers.has(serviceTier ?? "")),
    ...saidField(target, "user", "safety_identifier", user, (user ?? "").length <= longestKey),
    ...saidField(
      target,
      "prompt_cache_key",
      "prompt_cache_key",
      promptCacheKey,
      (promptCacheKey ?? "").length <= longestKey,
    ),
  };
}

function encodeText({ responseFormat, verbosity }: ChatRequest, target: EncodeTarget): Fields | undefined {
  const format = responseFormat === undefined ? {} : { format: encodeFormat(responseFormat, target) };
  // Models that do not think know no other than the default.
  const sayable = verbosity === "medium" || target.facts.openAiReasoning;
  if (verbosity !== undefined && !sayable) target.note("verbosity");
  const text = { ...format, ...(verbosity === undefined || !sayable ? {} : { verbosity }) };
  return Object.keys(text).length === 0 ? undefined : text;
}

function encodeFormat(format: NonNullable<ChatRequest["responseFormat"]>, target: EncodeTarget): Fields {
  if (format.type === "json") return { type: "json_object" };
  if (!takesSchema(target)) {
    target.note("json_schema");
    return { type: "json_object" };
  }
  const { name = "response", description, schema } = format;
  const strict = format.strict === true && isStrictSchema(schema);
  if (format.strict === true && !strict) target.note("json_schema");
  return { type: "json_schema", name, ...(description === undefined ? {} : { description }), schema, strict };
}

function encodeReasoningWish(request: ChatRequest, target: EncodeTarget): Fields | undefined {
  const { reasoning: wish } = request;
  if (wish === undefined) return undefined;
  if (target.facts.reasoning.by === "none") {
    noteUnthinking(request, target);
    return undefined;
  }
  const effort = effortFor(wish, target);
  const summary = wish.visible === true ? "auto" : undefined;
  if (effort === undefined && summary === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) };
}

function effortFor(wish: ReasoningWish, target: EncodeTarget): Effort | undefined {
  const wanted = wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortOfBudget(wish.budgetTokens));
  const asked = wish.effort === undefined ? "reasoning_budget" : "reasoning_effort";
  if (wanted === undefined) return undefined;
  if (!target.dialect.reasoningEffort) {
    target.note(asked);
    return undefined;
  }
  const { reasoning } = target.facts;
  const effort = reasoning.by === "effort" ? nearestEffort(wanted, reasoning.levels) : wanted;
  if (effort !== wanted) target.note(asked);
  return effort;
}
