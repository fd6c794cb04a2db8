import type { Citation } from "#core/chat/request.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/** A citation of any of Anthropic's kinds; the block of text that carries it is its span. Undefined when it names no source. */
export function decodeCitation(value: unknown, start: number, end: number): Citation | undefined {
  const fields = recordOf(value);
  if (fields === undefined) return undefined;
  const source = textOf(fields["source"]);
  const url = textOf(fields["url"]) ?? (source !== undefined && /^https?:/.test(source) ? source : undefined);
  const title = textOf(fields["title"]) ?? textOf(fields["document_title"]);
  const citedText = textOf(fields["cited_text"]);
  if (url === undefined && title === undefined && citedText === undefined) return undefined;
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(citedText === undefined ? {} : { citedText }),
    ...(end > start ? { start, end } : {}),
  };
}

/**
 * A citation as Anthropic writes one of the web. Its `encrypted_index` is empty, since only Anthropic makes them: such a
 * citation is taken out again before it could go there (`replaceTokens`).
 */
export function encodeCitation({ url, title, citedText }: Citation): Readonly<Record<string, unknown>> {
  return {
    type: "web_search_result_location",
    url: url ?? "",
    title: title ?? null,
    cited_text: citedText ?? "",
    encrypted_index: "",
  };
}
