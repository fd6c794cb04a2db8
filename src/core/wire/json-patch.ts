import type { JsonBody } from "#core/wire/json-body.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** What a gateway may change in a body that it forwards. */
export interface JsonPatch {
  /** Replaces the value of `model`. */
  readonly model?: string;
  /** Makes `stream_options.include_usage` true. */
  readonly streamUsage?: boolean;
  /** Calls the member `max_tokens` `max_completion_tokens`, unless there is one of that name. */
  readonly renameLimit?: boolean;
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
  const renamed = patch.renameLimit === true ? renameLimit(body) : undefined;
  if (renamed !== undefined) edits.push(renamed);
  if (patch.limit !== undefined) {
    edits.push(setMember(body.bytes, body.spans, 0, patch.limit.name, String(patch.limit.tokens)));
  }
  return editBytes(body.bytes, edits);
}

function renameLimit({ bytes, spans }: JsonBody): ByteEdit | undefined {
  const limit = spans.get("max_tokens");
  if (limit === undefined || spans.has("max_completion_tokens")) return undefined;
  const end = bytes.lastIndexOf(quote, limit.start - 1) + 1;
  // No quote can stand inside this name, however it is escaped.
  const start = bytes.lastIndexOf(quote, end - 2);
  return { start, end, text: '"max_completion_tokens"' };
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
