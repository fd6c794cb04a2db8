import type { CacheMark, ChatRequest, Part, Tool } from "#core/chat/request.ts";

/** The most marks that a request may have. */
const mostMarks = 4;

interface Marked {
  readonly cache?: CacheMark;
}

type CacheControl = { readonly cache_control: { readonly type: "ephemeral"; readonly ttl?: "1h" } };

/**
 * Which cache marks of a request are written: at most four, the last ones, since a later mark covers what stands before it; and
 * none for an hour behind one for five minutes. `changed` when the request asked for others.
 */
export class CacheMarks {
  readonly #kept = new Map<Marked, CacheControl>();
  readonly changed: boolean;

  constructor({ tools, messages }: ChatRequest) {
    const marked = [...tools, ...messages.flatMap(({ parts }) => parts.flatMap(withInner))].filter(isMarked);
    let changed = marked.length > mostMarks;
    let short = false;
    for (const item of marked.slice(-mostMarks)) {
      if (short && item.cache?.ttl === "1h") changed = true;
      short ||= item.cache?.ttl !== "1h";
      this.#kept.set(item, { cache_control: short ? { type: "ephemeral" } : { type: "ephemeral", ttl: "1h" } });
    }
    this.changed = changed;
  }

  /** The mark of a part or a tool as a field, if it has one that is kept. */
  of(item: Marked): CacheControl | Readonly<Record<never, never>> {
    return this.#kept.get(item) ?? {};
  }
}

/** A part behind those that stand inside it. */
function withInner(part: Part): Part[] {
  return part.type === "tool-result" ? [...part.parts, part] : [part];
}

function isMarked(item: Part | Tool): item is (Part | Tool) & Marked {
  return "cache" in item && item.cache !== undefined;
}
