import type { RecordedCall } from "./fake-upstream.ts";
import type { UpstreamScript } from "./upstream-script.ts";

/** A call of a tool, as the model makes it. */
export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as JSON text, or the free text of a custom tool. */
  readonly input: string;
  readonly custom?: boolean;
  readonly namespace?: string;
}

/** One answer of a model, whatever protocol its provider speaks. Thinking comes first, then text, then calls. */
export interface ScriptedAnswer {
  /** The token is what its maker wants back: base64, since Gemini's must be. */
  readonly thinking?: { readonly text: string; readonly token: string };
  /** Streamed word by word. */
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
  /** The model's own no. */
  readonly refusal?: string;
  /** Cut by the output limit. */
  readonly cutByLimit?: boolean;
}

/** A result of a tool, as the provider was sent it. */
export interface SeenResult {
  readonly text: string;
  readonly pictures: number;
}

/** Tokens of every scripted answer: input with its cached part, output with its reasoning part. */
export const scriptedUsage = { input: 20, cached: 8, output: 9, reasoning: 4 } as const;

/** How a provider of one protocol speaks: scripted answers in its words, and what it reads in a request. */
export interface ProviderSpeech {
  whole(answer: ScriptedAnswer): UpstreamScript;
  stream(answer: ScriptedAnswer): UpstreamScript;
  /** A refusal to answer in its own envelope. */
  failure(status: number, message: string, headers?: Readonly<Record<string, string>>): UpstreamScript;
  /** The answer to a call that counts tokens. */
  counted(tokens: number): UpstreamScript;
  isStreamed(call: RecordedCall): boolean;
  /** What it says instead of any answer to a request that it cannot serve. */
  declines?(call: RecordedCall): UpstreamScript | undefined;
  /** How many turns of the model the conversation holds. */
  turns(call: RecordedCall): number;
  /** Every result of a tool that the conversation holds, in order. */
  results(call: RecordedCall): SeenResult[];
  /** Names of the declared tools. */
  tools(call: RecordedCall): string[];
}

/** The words of a text, each with the white space behind it. */
export function wordsOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** A text in pieces of so many characters. */
export function piecesOf(text: string, length = 5): string[] {
  return text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? [];
}

/** How many runs of neighbours are the model's own. */
export function runsOf<T>(items: readonly T[], isModels: (item: T) => boolean): number {
  return items.filter((item, index) => {
    const before = items[index - 1];
    return isModels(item) && (before === undefined || !isModels(before));
  }).length;
}

/** The objects of a list in JSON; nothing when it is no list. */
export function objectsOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null);
}

/** What a text, or a list of text and picture parts, of a tool's result says. */
export function seenResult(content: unknown): SeenResult {
  if (typeof content === "string") return { text: content, pictures: 0 };
  const parts = objectsOf(content);
  return {
    text: parts.map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join(""),
    pictures: parts.filter((part) => /image/.test(String(part["type"]))).length,
  };
}
