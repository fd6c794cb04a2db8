import type { ChatRequest, Message } from "#core/chat/request.ts";
import { cacheOf } from "#core/wire/anthropic-messages/cache-control.ts";
import { messagesFidelity } from "#core/wire/anthropic-messages/fidelity.ts";
import { decodeMessages, decodeSystem } from "#core/wire/anthropic-messages/message.ts";
import { decodeFormat, decodeReasoning } from "#core/wire/anthropic-messages/thinking.ts";
import { decodeAddedTools, decodeToolChoice, decodeTools } from "#core/wire/anthropic-messages/tool.ts";
import { AskedFeatures } from "#core/wire/asked-features.ts";
import { declaredFields } from "#core/wire/fidelity.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { optionalFlag, refuseField, refuseOtherCase, requiredText } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

const mostTokens = 2 ** 31;

/**
 * The meaning of a Messages request (Anthropic API reference, "Create a message"). Judges only what the gateway itself must
 * understand; everything else is the provider's to judge. Throws `invalid_request`.
 */
export function decodeMessagesRequest({ value }: JsonBody): ChatRequest {
  const asked = new AskedFeatures();
  const model = requiredText(value, "model");
  const system = decodeSystem(value["system"], asked);
  const messages = [...system, ...decodeMessages(value["messages"], asked)];
  const tools = [...decodeTools(value["tools"], asked), ...decodeAddedTools(value["messages"], asked)];
  const stream = optionalFlag(value, "stream");
  askForState(value, asked);
  return {
    model,
    messages: markLast(messages, value, asked),
    tools,
    ...decodeToolChoice(value["tool_choice"], value["tools"], asked),
    stream,
    streamUsage: true,
    ...decodeLength(value, asked),
    stop: decodeStops(value, asked),
    choices: 1,
    ...decodeSampling(value, asked),
    ...decodeFormat(value, asked),
    ...decodeReasoning(value, asked),
    ...decodeTier(value, asked),
    ...decodeUser(value, asked),
    asked: asked.features,
    unknownFields: [...asked.unknownFields, ...Object.keys(value).filter((name) => isUnknown(name, value[name]))],
  };
}

const known = declaredFields(messagesFidelity);

function isUnknown(name: string, value: unknown): boolean {
  if (known.has(name) || value === null || value === undefined) return false;
  refuseOtherCase(name, (other) => known.has(other));
  return true;
}

/** A limit of zero wants the prompt cached and nothing said, which only a provider with such a cache can do. */
function decodeLength(value: Fields, asked: AskedFeatures): { readonly maxOutputTokens?: number } {
  const most = value["max_tokens"] ?? undefined;
  if (most === undefined) return {};
  if (typeof most !== "number" || !Number.isInteger(most) || most < 0 || most > mostTokens) {
    throw refuseField("max_tokens", `must be an integer from 0 to ${mostTokens}`);
  }
  asked.add(most === 0 ? "cached_content" : "max_output_tokens", "max_tokens");
  return { maxOutputTokens: most };
}

function decodeStops(value: Fields, asked: AskedFeatures): readonly string[] {
  const stops = listOf(value["stop_sequences"]).map((stop) => {
    if (typeof stop !== "string") throw refuseField("stop_sequences", "must be a list of strings");
    return stop;
  });
  if (stops.length > 0) asked.add("stop", "stop_sequences");
  return stops;
}

function decodeSampling(value: Fields, asked: AskedFeatures): Pick<ChatRequest, "temperature" | "topP" | "topK"> {
  const number = (field: "temperature" | "top_p" | "top_k"): number | undefined => {
    const said = value[field] ?? undefined;
    if (said === undefined) return undefined;
    if (typeof said !== "number") throw refuseField(field, "must be a number");
    asked.add(field, field);
    return said;
  };
  const temperature = number("temperature");
  const topP = number("top_p");
  const topK = number("top_k");
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
  };
}

/** `standard_only` is what others call their default tier. */
function decodeTier(value: Fields, asked: AskedFeatures): { readonly serviceTier?: string } {
  const tier = textOf(value["service_tier"]);
  if (tier === undefined || tier === "auto") return {};
  asked.add("service_tier", "service_tier");
  return { serviceTier: tier === "standard_only" ? "default" : tier };
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const longestCacheKey = 64;

/** The end user; calls of one session share a key for the prompt caches of those who route by one. */
function decodeUser(value: Fields, asked: AskedFeatures): { readonly user?: string; readonly promptCacheKey?: string } {
  const user = textOf(recordOf(value["metadata"])?.["user_id"]);
  if (user === undefined) return {};
  asked.add("user", "metadata.user_id");
  const session = user.includes("session") ? user.match(uuid)?.at(-1) : undefined;
  const key = session ?? user;
  return { user, ...(key.length > longestCacheKey ? {} : { promptCacheKey: key }) };
}

function askForState(value: Fields, asked: AskedFeatures): void {
  if (listOf(value["mcp_servers"]).length > 0) asked.add("mcp_servers", "mcp_servers");
  if (isSet(value["container"])) asked.add("container", "container");
  if (isSet(value["thread"])) asked.add("conversation", "thread");
  if (listOf(recordOf(value["context_management"])?.["edits"]).length > 0) {
    asked.add("context_management", "context_management");
  }
  if (isSet(value["compaction"])) {
    if (asked.features.has("context_management")) asked.unknownFields.push("compaction");
    asked.add("context_management", "compaction");
  }
  if (isSet(recordOf(value["output_config"])?.["task_budget"])) asked.unknownFields.push("output_config.task_budget");
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A mark on the request as a whole is one on the last thing that can be cached. */
function markLast(messages: Message[], value: Fields, asked: AskedFeatures): readonly Message[] {
  const { cache } = cacheOf(value, "", asked);
  const last = messages.at(-1);
  const part = last?.parts.at(-1);
  if (cache === undefined || last === undefined || part === undefined) return messages;
  if (part.type === "refusal" || part.type === "reasoning" || part.type === "foreign") return messages;
  return [...messages.slice(0, -1), { ...last, parts: [...last.parts.slice(0, -1), { cache, ...part }] }];
}
