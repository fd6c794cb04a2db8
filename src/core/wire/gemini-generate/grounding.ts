import type { Citation } from "#core/chat/request.ts";
import { byteOffsetOf, unitOffsetOf } from "#core/wire/gemini-generate/byte-offset.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The text of a choice so far, and where in it the parts of the frame at hand begin. */
export interface GroundedText {
  readonly text: string;
  /** By the part's number; undefined for parts that are no text of the answer. */
  readonly partOffsets: readonly (number | undefined)[];
}

/**
 * The sources that `groundingMetadata` and `citationMetadata` of a candidate name. Their offsets count bytes of a part; they
 * are converted exactly, checked against the words that Gemini repeats, and left out where that fails.
 */
export function citationsIn(candidate: Fields, grounded: GroundedText): readonly Citation[] {
  const metadata = recordOf(candidate["groundingMetadata"]);
  const grounding = metadata === undefined ? [] : groundingCitations(metadata, grounded);
  const recited = listOf(recordOf(candidate["citationMetadata"])?.["citations"]).flatMap((value) => {
    const source = recordOf(value) ?? {};
    const named = sourceOf(source["uri"], source["title"]);
    return named === undefined ? [] : [{ ...named, ...spanOf(source, grounded) }];
  });
  return [...grounding, ...recited];
}

function groundingCitations(metadata: Fields, grounded: GroundedText): readonly Citation[] {
  const sources = listOf(metadata["groundingChunks"]).map(sourceOfChunk);
  const supported = new Set<unknown>();
  const citations = listOf(metadata["groundingSupports"]).flatMap((value) => {
    const support = recordOf(value) ?? {};
    const span = spanOf(recordOf(support["segment"]) ?? {}, grounded);
    return listOf(support["groundingChunkIndices"]).flatMap((index) => {
      const source = typeof index === "number" ? sources[index] : undefined;
      supported.add(index);
      return source === undefined ? [] : [{ ...source, ...span }];
    });
  });
  const unsupported = sources.filter((source, index) => source !== undefined && !supported.has(index));
  return [...citations, ...unsupported.filter((source) => source !== undefined)];
}

function sourceOfChunk(value: unknown): Citation | undefined {
  const chunk = recordOf(value) ?? {};
  const source = recordOf(chunk["web"] ?? chunk["retrievedContext"] ?? chunk["maps"] ?? chunk["image"]) ?? {};
  return sourceOf(source["uri"] ?? source["sourceUri"], source["title"]);
}

function sourceOf(uri: unknown, title: unknown): Citation | undefined {
  const url = textOf(uri);
  const name = textOf(title);
  if (url === undefined && name === undefined) return undefined;
  return { ...(url === undefined ? {} : { url }), ...(name === undefined ? {} : { title: name }) };
}

function spanOf(segment: Fields, { text, partOffsets }: GroundedText): Pick<Citation, "start" | "end"> {
  const endIndex = segment["endIndex"];
  if (typeof endIndex !== "number") return {};
  const startIndex = typeof segment["startIndex"] === "number" ? segment["startIndex"] : 0;
  const part = typeof segment["partIndex"] === "number" ? segment["partIndex"] : undefined;
  const words = textOf(segment["text"]);
  // In a stream Gemini counts from the beginning of the answer, whatever part it names.
  const own = part === undefined ? undefined : partOffsets[part];
  for (const base of own === undefined || own === 0 ? [0] : [own, 0]) {
    const said = base === 0 ? text : text.slice(base);
    const start = unitOffsetOf(said, startIndex);
    const end = unitOffsetOf(said, endIndex);
    if (start === undefined || end === undefined || start >= end) continue;
    if (words === undefined || said.slice(start, end) === words) return { start: base + start, end: base + end };
  }
  return {};
}

/** Citations as Gemini's `groundingMetadata`; undefined when there are none. */
export function encodeGrounding(citations: readonly Citation[], text: string): Fields | undefined {
  if (citations.length === 0) return undefined;
  const chunks: Fields[] = [];
  const numbers = new Map<string, number>();
  const supports = new Map<string, { readonly segment: Fields; readonly groundingChunkIndices: number[] }>();
  for (const { url, title, start, end } of citations) {
    const name = JSON.stringify([url, title]);
    const number = numbers.get(name) ?? chunks.push({ web: { uri: url, title } }) - 1;
    numbers.set(name, number);
    const segment = segmentOf(text, start, end);
    if (segment === undefined) continue;
    const support = supports.get(`${start}.${end}`) ?? { segment, groundingChunkIndices: [] };
    supports.set(`${start}.${end}`, support);
    if (!support.groundingChunkIndices.includes(number)) support.groundingChunkIndices.push(number);
  }
  return { groundingChunks: chunks, ...(supports.size === 0 ? {} : { groundingSupports: [...supports.values()] }) };
}

function segmentOf(text: string, start: number | undefined, end: number | undefined): Fields | undefined {
  if (start === undefined || end === undefined || start >= end) return undefined;
  const startIndex = byteOffsetOf(text, start);
  const endIndex = byteOffsetOf(text, end);
  if (startIndex === undefined || endIndex === undefined) return undefined;
  return { startIndex, endIndex, text: text.slice(start, end) };
}
