/** The canonical chat request: what a call means, whatever protocol it was written in. */

/** Who speaks in a message. */
export type Role = "system" | "developer" | "user" | "assistant" | "tool";

/** A piece of a message's content. */
export type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "media"; readonly kind: "image" | "audio" | "file"; readonly url?: string };

/** A call of a tool by the model. `argumentsText` is the JSON text as the model wrote it, valid or not. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
}

/** One message of the conversation. */
export interface Message {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly toolCalls?: readonly ToolCall[];
  /** On `tool` messages: the call that this result answers. */
  readonly toolCallId?: string;
}

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Whether the model may, must or must not call tools. */
export type ToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  | { readonly type: "required" }
  | { readonly type: "tool"; readonly name: string };

/** A chat call in canonical form. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly stream: boolean;
  /** Whether the caller wants usage inside the stream. Always true for unstreamed calls. */
  readonly streamUsage: boolean;
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  /** Number of alternative answers, 1 unless asked for. */
  readonly choices: number;
}

/** An embedding call in canonical form. */
export interface EmbeddingRequest {
  readonly model: string;
  /** Texts to embed; token arrays are carried only by the passthrough lane. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly encoding: "float" | "base64";
}
