import { parseObject } from "#core/wire/json-value.ts";

/** Arguments of a call as the JSON of an object. */
export interface ArgumentsJson {
  readonly json: string;
  /** False when the text was no JSON object and stands, as it was, in a field of its own. */
  readonly clean: boolean;
}

/** The arguments of a call in JSON on one line, in their own digits and order; nothing at all is `{}`. */
export function argumentsJson(text: string): ArgumentsJson {
  if (text.trim() === "") return { json: "{}", clean: true };
  if (parseObject(text) !== undefined) return { json: onOneLine(text), clean: true };
  return { json: `{"_raw":${JSON.stringify(text)}}`, clean: false };
}

/** Between values a line break says nothing, and inside of texts JSON has none; in an event stream it would end the line. */
function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replaceAll(/[\r\n]+/g, " ") : json;
}
