import type { Effort } from "#core/chat/request.ts";

/** How a model is told how much to think. */
export type ReasoningControl =
  /** It does not think, or cannot be told. */
  | { readonly by: "none" }
  /** By a level, one of these. */
  | { readonly by: "effort"; readonly levels: readonly Effort[] }
  /** By a number of tokens from `least` to `most`; `off` when thinking can be switched off. */
  | { readonly by: "budget"; readonly least: number; readonly most: number; readonly off: boolean }
  /** It decides itself and takes a level beside that (Claude 4.6 and later). */
  | { readonly by: "adaptive"; readonly levels: readonly Effort[]; readonly budgets: boolean };

/** What is known of a model. Everything undefined is unknown and assumed possible. */
export interface ModelFacts {
  readonly model: string;
  readonly displayName?: string;
  readonly ownedBy?: string;
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number;
  /** Most tokens of one answer. */
  readonly maxOutputTokens?: number;
  readonly reasoning: ReasoningControl;
  /** False when temperature and top_p are refused. */
  readonly sampling: boolean;
  /** False when temperature and top_p may not be given together. */
  readonly temperatureWithTopP: boolean;
  /** Whether the output limit is called `max_completion_tokens` in chat completions, and `developer` replaces `system`. */
  readonly openAiReasoning: boolean;
  /** Which of OpenAI's protocols suits it better. */
  readonly preferredApi: "chat" | "responses";
  /** False when OpenAI takes tools for it in Responses alone. */
  readonly toolsInChat: boolean;
  /** False when a call of a tool cannot be demanded. */
  readonly forcedTools: boolean;
  /** Whether system messages may stand in the middle of the conversation (Anthropic). */
  readonly midSystem: boolean;
  /** Whether structured output is native; otherwise it is asked for in words. */
  readonly jsonSchema: boolean;
  /** False when no form of the answer may be asked for beside tools (Gemini before 3). */
  readonly jsonWithTools: boolean;
  /** Whether pictures may stand inside a tool's result (Gemini 3). */
  readonly resultMedia: boolean;
  /** Whether a call without its thought signature is refused (Gemini 3). */
  readonly needsThoughtSignature: boolean;
  /** Whether the last message may be the assistant's, to be continued. */
  readonly prefill: boolean;
  /** Whether it knows OpenAI's explicit cache breakpoints. */
  readonly cacheBreakpoints: boolean;
  readonly input: readonly ("text" | "image" | "audio" | "video" | "file")[];
}
