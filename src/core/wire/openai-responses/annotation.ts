import type { Citation } from "#core/chat/request.ts";
import type { CodePoints } from "#core/wire/code-points.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/**
 * The source that an annotation names. OpenAI counts characters from where the part begins; `base` is where that is in the
 * text of the answer, in UTF-16 code units. Undefined for annotations that name none.
 */
export function decodeAnnotation(value: unknown, points: CodePoints, base: number): Citation | undefined {
  const annotation = recordOf(value);
  if (annotation === undefined) return undefined;
  const url = textOf(annotation["url"]);
  const title = textOf(annotation["title"]) ?? textOf(annotation["filename"]);
  if (url === undefined && title === undefined) return undefined;
  const start = unitsOf(annotation["start_index"], points);
  const end = unitsOf(annotation["end_index"], points);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(start === undefined || end === undefined || end < start ? {} : { start: base + start, end: base + end }),
  };
}

/**
 * The annotation of a source; undefined for one without an address or a known place, which it cannot do without, or whose
 * place is not in this part alone.
 */
export function encodeAnnotation(
  { url, title, start, end }: Citation,
  points: CodePoints,
  base: number,
): Readonly<Record<string, unknown>> | undefined {
  const from = start === undefined ? undefined : points.toPoints(start - base);
  const to = end === undefined ? undefined : points.toPoints(end - base);
  if (url === undefined || from === undefined || to === undefined) return undefined;
  return { type: "url_citation", start_index: from, end_index: to, url, title: title ?? url };
}

function unitsOf(value: unknown, points: CodePoints): number | undefined {
  return typeof value === "number" ? points.toUnits(value) : undefined;
}
