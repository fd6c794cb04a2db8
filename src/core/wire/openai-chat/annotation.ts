import type { Citation } from "#core/chat/request.ts";
import type { CodePoints } from "#core/wire/code-points.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

/** The sources among `annotations`; offsets that do not fit the text are left out. */
export function decodeAnnotations(annotations: unknown, text: CodePoints): readonly Citation[] {
  return listOf(annotations).flatMap((entry): Citation[] => {
    const cited = recordOf(recordOf(entry)?.["url_citation"]);
    const url = textOf(cited?.["url"]);
    if (cited === undefined || url === undefined) return [];
    const title = textOf(cited["title"]);
    return [{ url, ...(title === undefined ? {} : { title }), ...unitsOf(cited, text) }];
  });
}

/**
 * A source as OpenAI writes it; undefined without an address, which it cannot do without. A place that is not known is the empty
 * one at the end of the text so far: no offset is made up.
 */
export function encodeAnnotation({ url, title, start, end }: Citation, text: CodePoints): unknown {
  if (url === undefined) return undefined;
  const from = start === undefined ? undefined : text.toPoints(start);
  const to = end === undefined ? undefined : text.toPoints(end);
  const span =
    from === undefined || to === undefined
      ? { end_index: text.count, start_index: text.count }
      : { end_index: to, start_index: from };
  return { type: "url_citation", url_citation: { ...span, title: title ?? url, url } };
}

function unitsOf(cited: Readonly<Record<string, unknown>>, text: CodePoints): { start?: number; end?: number } {
  const start = text.toUnits(Number(cited["start_index"] ?? Number.NaN));
  const end = text.toUnits(Number(cited["end_index"] ?? Number.NaN));
  return start === undefined || end === undefined || end < start ? {} : { start, end };
}
