import type { CacheMark, ChatRequest, Part } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";

/** Gives the field for a cache mark that the model is told, nothing for any other. */
export type MarkWriter = (cache: CacheMark | undefined) => Readonly<Record<string, unknown>>;

const mostBreakpoints = 4;

/**
 * Writes the last four cache marks of a conversation as breakpoints, for models that know them: what is kept up to a mark keeps
 * what stands before it. A mark that nothing covers is noted. It must be asked in the order of the conversation.
 */
export class BreakpointWriter {
  readonly #known: boolean;
  #toSkip: number;

  /** `onAnswers`: whether texts of the assistant have a place for a mark. */
  constructor({ messages, tools }: ChatRequest, target: EncodeTarget, onAnswers: boolean) {
    const marked = messages.flatMap((message) => message.parts.filter(isMarked).map((part) => ({ message, part })));
    const places = marked.map(({ message, part }) => hasPlace(part) && (onAnswers || message.role !== "assistant"));
    const onTools = tools.some((tool) => tool.kind !== "hosted" && tool.cache !== undefined);
    this.#known = target.facts.cacheBreakpoints;
    this.#toSkip = places.filter((isPlace) => isPlace).length - mostBreakpoints;
    // Tools come before all messages.
    const isCovered = this.#known && places.at(-1) === true;
    if (!isCovered && (marked.length > 0 || onTools)) target.note("cache_marks");
  }

  readonly write: MarkWriter = (cache) => {
    if (cache === undefined || !this.#known) return {};
    this.#toSkip -= 1;
    if (this.#toSkip >= 0) return {};
    return { prompt_cache_breakpoint: { mode: "explicit", ttl: cache.ttl === "1h" ? "12h" : "30m" } };
  };
}

function isMarked(part: Part): boolean {
  return "cache" in part && part.cache !== undefined;
}

/** Marks stand on texts, media and what a tool said, not on calls. */
function hasPlace(part: Part): boolean {
  return part.type === "tool-result" ? part.parts.length > 0 : part.type !== "tool-call";
}
