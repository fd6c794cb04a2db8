import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, Part } from "#core/chat/request.ts";
import { cannotCarry, type Notes } from "#core/translation/notes.ts";
import type { Protocol } from "#core/wire/codec.ts";
import type { Dialect } from "#core/wire/dialect.ts";
import type { Takes, Treatment } from "#core/wire/fidelity.ts";

/** What a request is judged by. */
export interface Bench {
  readonly protocol: Protocol;
  readonly takes: Takes;
  readonly dialect: Dialect;
  readonly notes: Notes;
}

/** Without these the caller would get another kind of answer, or the model another question. A form can be asked for in words. */
const essential: ReadonlySet<Feature> = new Set<Feature>([
  "choices",
  "logprobs",
  "audio_output",
  "image_output",
  "tools",
  "image_data",
  "image_url",
  "audio_input",
  "video_input",
  "file_data",
  "file_url",
  "file_id",
  "mcp_servers",
  "previous_response",
  "conversation",
  "background",
  "prompt_template",
  "container",
  "cached_content",
]);

/** What becomes of a feature at a server of this protocol and dialect. */
export function treatmentOf(feature: Feature, { takes, dialect }: Pick<Bench, "takes" | "dialect">): Treatment {
  const declared = takes[feature];
  if (!dialect.lacks.includes(feature) || declared.kind === "refuse") return declared;
  // The gateway itself stops at the texts that a server does not know.
  if (feature === "stop") return { kind: "shim" };
  if (feature === "json_object") return { kind: "shim", how: "asked for in words; a stream is noted" };
  return { kind: essential.has(feature) ? "refuse" : "note", how: "this server does not know it" };
}

/** Whether what is asked for reaches the provider in one way or another. */
export function isCarried({ kind }: Treatment): boolean {
  return kind === "carry" || kind === "fold" || kind === "shim";
}

/** Notes what the provider cannot be told of a conversation. Throws `unsupported_value` when it makes no sense without. */
export function judgeConversation(chat: ChatRequest, bench: Bench): void {
  // Tools of the provider's own are judged one by one.
  const judged = [...chat.asked].filter(([feature]) => feature !== "hosted_tools" && feature !== "web_search");
  judgeFeatures(
    judged.filter(([feature]) => !isSettled(feature, chat)),
    bench,
  );
  for (const field of chat.unknownFields) bench.notes.note(field);
}

/** Notes those of the features, each with its field, that the provider cannot be told. Throws `unsupported_value`. */
export function judgeFeatures(asked: Iterable<readonly [Feature, string]>, bench: Bench): void {
  for (const [feature, field] of asked) {
    const { kind, how } = treatmentOf(feature, bench);
    if (kind === "note") bench.notes.note(feature);
    if (kind === "refuse") throw cannotCarry(field, bench.protocol, how);
  }
}

/** The request without the values of features that the server's dialect lacks. */
export function withoutLacking(chat: ChatRequest, lacks: readonly Feature[]): ChatRequest {
  return lacks.reduce(without, chat);
}

/** Media that were named by URL may have been fetched meanwhile. */
function isSettled(feature: Feature, { messages }: ChatRequest): boolean {
  if (feature !== "image_url" && feature !== "file_url") return false;
  return !messages.some(({ parts }) => parts.some(namesUrl));
}

function namesUrl(part: Part): boolean {
  if (part.type === "tool-result") return part.parts.some(namesUrl);
  return part.type === "media" && part.source.type === "url";
}

function without(chat: ChatRequest, feature: Feature): ChatRequest {
  switch (feature) {
    case "temperature": {
      const { temperature: _, ...rest } = chat;
      return rest;
    }
    case "top_p": {
      const { topP: _, ...rest } = chat;
      return rest;
    }
    case "top_k": {
      const { topK: _, ...rest } = chat;
      return rest;
    }
    case "seed": {
      const { seed: _, ...rest } = chat;
      return rest;
    }
    case "frequency_penalty": {
      const { frequencyPenalty: _, ...rest } = chat;
      return rest;
    }
    case "presence_penalty": {
      const { presencePenalty: _, ...rest } = chat;
      return rest;
    }
    case "logit_bias": {
      const { logitBias: _, ...rest } = chat;
      return rest;
    }
    case "verbosity": {
      const { verbosity: _, ...rest } = chat;
      return rest;
    }
    case "reasoning_effort":
    case "reasoning_budget": {
      const { reasoning: _, ...rest } = chat;
      return rest;
    }
    case "parallel_tool_calls": {
      const { parallelToolCalls: _, ...rest } = chat;
      return rest;
    }
    case "prompt_cache_key": {
      const { promptCacheKey: _, ...rest } = chat;
      return rest;
    }
    case "user": {
      const { user: _, ...rest } = chat;
      return rest;
    }
    case "service_tier": {
      const { serviceTier: _, ...rest } = chat;
      return rest;
    }
    default:
      return chat;
  }
}
