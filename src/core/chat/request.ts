import type { Feature } from "#core/chat/feature.ts";

/**
 * Who speaks in a message. Results of tools stand in messages of their own (`tool`), behind the `assistant` message with
 * the calls and before what the user says beside them.
 */
export type Role = "system" | "developer" | "user" | "assistant" | "tool";

/** The caller's wish that everything up to here is kept in the provider's prompt cache. */
export interface CacheMark {
  readonly ttl: "5m" | "1h";
}

/** Where the bytes of a picture, sound or document are. */
export type MediaSource =
  /** Standard base64 with padding, whatever alphabet the caller used. */
  | { readonly type: "data"; readonly mimeType: string; readonly base64: string }
  | { readonly type: "url"; readonly url: string; readonly mimeType?: string }
  /** Kept by a provider under its own id, worth nothing to another one. */
  | { readonly type: "file"; readonly id: string };

/** What a provider signed or encrypted for itself and wants back unchanged. See `core/wire/opaque-token.ts`. */
export interface OpaqueToken {
  /** `signature` and `redacted` are Anthropic's, `encrypted` is OpenAI's, `thought` is Gemini's. */
  readonly kind: "signature" | "redacted" | "encrypted" | "thought";
  readonly data: string;
}

/** A span of text that a source stands behind. */
export interface Citation {
  readonly url?: string;
  readonly title?: string;
  readonly citedText?: string;
  /** UTF-16 code units of the text of the answer so far (all text of the choice), end exclusive; undefined when unknown. */
  readonly start?: number;
  readonly end?: number;
}

/** Words of a message. */
export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly cache?: CacheMark;
}

/** A picture, a sound, a film or a document. */
export interface MediaPart {
  readonly type: "media";
  readonly kind: "image" | "audio" | "video" | "file";
  readonly source: MediaSource;
  readonly filename?: string;
  readonly detail?: "low" | "high" | "auto" | "original";
  readonly cache?: CacheMark;
  /** Where the caller wrote it (`messages[2].content[1]`), for refusals. */
  readonly path: string;
}

/** What the model thought before what follows. An empty text with a token is thinking that was not shown. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly token?: OpaqueToken;
}

/** A call of a tool by the model. `argumentsText` is the JSON text as the model wrote it, valid or not; of a custom tool, its input. */
export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly form: "function" | "custom";
  readonly argumentsText: string;
  readonly cache?: CacheMark;
}

/** What a tool answered. */
export interface ToolResultPart {
  readonly type: "tool-result";
  readonly callId: string;
  /** The tool's name where the caller said it; the call's own otherwise. */
  readonly name?: string;
  readonly parts: readonly (TextPart | MediaPart)[];
  readonly isError?: boolean;
  readonly cache?: CacheMark;
}

/** What only the caller's own protocol can say. Translated it is left out and named, or refused where `required`. */
export interface ForeignPart {
  readonly type: "foreign";
  /** Where the caller wrote it, and what it is (`messages[2].content[1] (server_tool_use)`). */
  readonly path: string;
  readonly required: boolean;
}

/** A piece of a message's content. */
export type Part =
  | TextPart
  | { readonly type: "refusal"; readonly text: string }
  | MediaPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | ForeignPart;

/** One message of the conversation, its parts in true order. */
export interface Message {
  readonly role: Role;
  readonly parts: readonly Part[];
  /** Name of the participant. */
  readonly name?: string;
}

/** A function that the model may call with arguments, or `custom`: with free text. */
export interface CallableTool {
  readonly kind: "function" | "custom";
  readonly name: string;
  readonly namespace?: string;
  readonly description?: string;
  /** JSON Schema of the arguments of a function. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
  /** What the input of a custom tool must look like. */
  readonly grammar?: { readonly syntax: string; readonly definition: string };
  readonly examples?: readonly unknown[];
  /** Declared, but not to be shown to the model until something in the conversation names it. */
  readonly deferred?: boolean;
  readonly cache?: CacheMark;
  /** A tool whose shape the caller's protocol knows by this type (`bash_20250124`, `local_shell`). */
  readonly typed?: string;
}

/** A tool that the provider runs itself. */
export interface HostedTool {
  readonly kind: "hosted";
  /** The caller's word for it. */
  readonly type: string;
  /** Where the caller wrote it. */
  readonly path: string;
  /** Present when it is a web search, the one hosted tool that several providers have. */
  readonly webSearch?: WebSearch;
}

/** What a web search is told. */
export interface WebSearch {
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly maxUses?: number;
  readonly location?: {
    readonly city?: string;
    readonly region?: string;
    readonly country?: string;
    readonly timezone?: string;
  };
}

/** What the model may use. */
export type Tool = CallableTool | HostedTool;

/** The model may, or must, use some tools alone. */
export interface AllowedChoice {
  readonly type: "allowed";
  readonly required: boolean;
  /** The callable ones. */
  readonly names: readonly string[];
  /** Paths of those that the provider runs; undefined when they are not narrowed. */
  readonly hosted?: readonly string[];
}

/** Whether the model may, must or must not call tools. */
export type ToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  | { readonly type: "required" }
  | { readonly type: "tool"; readonly name: string; readonly namespace?: string }
  | AllowedChoice
  | { readonly type: "hosted"; readonly path: string };

/** The form that the text of the answer must have. */
export type ResponseFormat =
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly schema: Readonly<Record<string, unknown>>;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

/** How hard to think, from not at all to as hard as possible. */
export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What is asked of the model's thinking. A budget is in tokens; `adaptive` leaves the amount to the model. */
export interface ReasoningWish {
  readonly effort?: Effort;
  readonly budgetTokens?: number;
  readonly adaptive?: boolean;
  /** Whether thoughts are to be shown; the protocol's default when undefined. */
  readonly visible?: boolean;
}

/** A chat call in canonical form: what it means, whatever protocol it was written in. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** False when the model may make only one call a turn; undefined when nothing was said. */
  readonly parallelToolCalls?: boolean;
  readonly stream: boolean;
  /** Whether the caller wants usage inside the stream. Always true for unstreamed calls. */
  readonly streamUsage: boolean;
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  /** Number of alternative answers, 1 unless asked for. */
  readonly choices: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Alternatives per token, 0 for the chosen token alone; undefined when no log probabilities are asked for. */
  readonly topLogprobs?: number;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningWish;
  readonly verbosity?: string;
  readonly serviceTier?: string;
  /** Who the end user is, opaque. */
  readonly user?: string;
  readonly promptCacheKey?: string;
  /**
   * What the caller asked for beside conversation and tools: each feature with the caller's own name of the field. What
   * a provider's protocol cannot take is judged by this map alone.
   */
  readonly asked: ReadonlyMap<Feature, string>;
  /** Top-level fields that the caller's own protocol does not know either: a vendor's own. */
  readonly unknownFields: readonly string[];
}

/** An embedding call in canonical form. */
export interface EmbeddingRequest {
  readonly model: string;
  /** Texts to embed; token arrays are carried only by the passthrough lane. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly encoding: "float" | "base64";
  /** Gemini's `taskType` and `title`, named as the caller wrote them when another provider cannot take them. */
  readonly asked?: ReadonlyMap<Feature, string>;
  /** Whether the caller sent a list and gets one back, where the protocol tells the two apart. */
  readonly batch?: boolean;
}
