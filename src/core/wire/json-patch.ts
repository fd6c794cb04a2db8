import type { JsonBody } from "#core/wire/json-body.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** How chat completions call the limit of an answer. */
export type LimitName = "max_tokens" | "max_completion_tokens";

/** What a gateway may change in a body that it forwards. */
export interface JsonPatch {
  /** Replaces the value of `model`. */
  readonly model?: string;
  /** Makes `stream_options.include_usage` true. */
  readonly streamUsage?: boolean;
  /** Calls `max_tokens` or `max_completion_tokens`, whichever stands there alone, so. */
  readonly limitName?: LimitName;
  /** Sets a member to a number. */
  readonly limit?: { readonly name: string; readonly tokens: number };
}

/** A stretch of bytes and what is to stand in its place. */
export interface ByteEdit extends Span {
  readonly text: string;
}

const encoder = new TextEncoder();
const quote = 0x22;

/**
 * The body with the patch applied by splicing bytes: everything else, digits of numbers and order of keys included,
 * stays byte for byte. Gives the body's own bytes when nothing changes. Throws `invalid_request` when
 * `stream_options` says a key twice.
 */
export function patchJsonBody(body: JsonBody, patch: JsonPatch): Uint8Array {
  const edits: ByteEdit[] = [];
  if (patch.model !== undefined && body.value["model"] !== patch.model) {
    edits.push(setMember(body.bytes, body.spans, 0, "model", JSON.stringify(patch.model)));
  }
  if (patch.streamUsage === true) {
    const edit = requestUsage(body);
    if (edit !== undefined) edits.push(edit);
  }
  // A limit is only ever set where there is none: what stands there is null, and would stand there twice.
  const renamed = patch.limitName === undefined || patch.limit ? undefined : renameLimit(body, patch.limitName);
  if (renamed !== undefined) edits.push(renamed);
  if (patch.limit !== undefined) {
    edits.push(setMember(body.bytes, body.spans, 0, patch.limit.name, String(patch.limit.tokens)));
  }
  return editBytes(body.bytes, edits);
}

function renameLimit({ bytes, spans }: JsonBody, name: LimitName): ByteEdit | undefined {
  const limit = spans.get(name === "max_tokens" ? "max_completion_tokens" : "max_tokens");
  if (limit === undefined || spans.has(name)) return undefined;
  const end = bytes.lastIndexOf(quote, limit.start - 1) + 1;
  // No quote can stand inside this name, however it is escaped.
  const start = bytes.lastIndexOf(quote, end - 2);
  return { start, end, text: JSON.stringify(name) };
}

function requestUsage({ bytes, value, spans }: JsonBody): ByteEdit | undefined {
  const options = recordOf(value["stream_options"]);
  const span = spans.get("stream_options");
  if (span === undefined || options === undefined) {
    return setMember(bytes, spans, 0, "stream_options", '{"include_usage":true}');
  }
  // Scanned even if it is true already: of two values the provider might obey the other one.
  const members = scanObject(bytes, span.start);
  if (options["include_usage"] === true) return undefined;
  return setMember(bytes.subarray(0, span.end), members, span.start, "include_usage", "true");
}

/** A limit under this name, as a patch; nothing without one. */
export function limitPatch(name: string, tokens: number | undefined): Pick<JsonPatch, "limit"> {
  return tokens === undefined ? {} : { limit: { name, tokens } };
}

/** Replaces a member of the object that reaches to the end of `bytes`, or adds it before the closing brace. */
export function setMember(
  bytes: Uint8Array,
  members: ReadonlyMap<string, Span>,
  objectStart: number,
  key: string,
  json: string,
): ByteEdit {
  const existing = members.get(key);
  if (existing !== undefined) return { ...existing, text: json };
  const brace = Math.max(bytes.lastIndexOf(0x7d), objectStart);
  return { start: brace, end: brace, text: `${members.size > 0 ? "," : ""}${JSON.stringify(key)}:${json}` };
}

/** The bytes with the stretches replaced, which must not overlap; the bytes themselves when there are none. */
export function editBytes(bytes: Uint8Array, edits: readonly ByteEdit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const ordered = edits.toSorted((a, b) => a.start - b.start);
  const texts = ordered.map((edit) => encoder.encode(edit.text));
  let length = bytes.length;
  ordered.forEach((edit, index) => {
    length += (texts[index]?.length ?? 0) - (edit.end - edit.start);
  });
  const spliced = new Uint8Array(length);
  let from = 0;
  let to = 0;
  ordered.forEach((edit, index) => {
    const text = texts[index] ?? new Uint8Array();
    spliced.set(bytes.subarray(from, edit.start), to);
    spliced.set(text, to + edit.start - from);
    to += edit.start - from + text.length;
    from = edit.end;
  });
  spliced.set(bytes.subarray(from), to);
  return spliced;
}
