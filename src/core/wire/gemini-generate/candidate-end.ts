import type { Ending, TokenLogprob } from "#core/chat/event.ts";
import type { Citation } from "#core/chat/request.ts";
import { finishWord } from "#core/wire/gemini-generate/finish.ts";
import { encodeGrounding } from "#core/wire/gemini-generate/grounding.ts";
import { encodeLogprobs } from "#core/wire/gemini-generate/token-logprobs.ts";

/** The end of a candidate: why it ended, and the sources and likelihoods of what it said. */
export interface CandidateEnd {
  readonly finishReason?: string;
  readonly groundingMetadata?: unknown;
  readonly logprobsResult?: unknown;
}

/** What there is to say at the end of a choice. */
export interface ChoiceEnd {
  readonly finish: Ending | undefined;
  /** Whether the model said no in words. */
  readonly refused: boolean;
  readonly citations: readonly Citation[];
  /** All text of the choice, which the citations count in. */
  readonly text: string;
  readonly tokens: readonly TokenLogprob[];
}

/** The end of a choice in Gemini's words; empty when there is nothing to say. */
export function candidateEnd({ finish, refused, citations, text, tokens }: ChoiceEnd): CandidateEnd {
  const groundingMetadata = encodeGrounding(citations, text);
  const reason = refused && finish?.reason === "stop" ? "refusal" : finish?.reason;
  return {
    ...(finish === undefined || reason === undefined ? {} : { finishReason: finishWord(reason, finish.raw) }),
    ...(groundingMetadata === undefined ? {} : { groundingMetadata }),
    ...(tokens.length === 0 ? {} : { logprobsResult: encodeLogprobs(tokens) }),
  };
}

/** A candidate as JSON. A candidate without parts has an empty text, since Google's SDKs take one without content for broken. */
export function candidateJson(choice: number, parts: readonly string[], end: CandidateEnd = {}): string {
  const content = parts.length === 0 ? '{"text":""}' : parts.join(",");
  const members = Object.keys(end).length === 0 ? "" : JSON.stringify(end).slice(1, -1);
  return `{"content":{"parts":[${content}],"role":"model"}${members === "" ? "" : `,${members}`},"index":${choice}}`;
}
