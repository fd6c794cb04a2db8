import { joinBytes } from "#core/wire/join-bytes.ts";
import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";

/** A whole answer as its caller got it, status 200. */
export interface KeptAnswer {
  readonly contentType: string;
  /** Those of our headers that tell of the answer; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a stream every byte of it, without what only filled its silence. */
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();
const lineFeed = 10;

/** The answer as bytes: one line of JSON, then the body. */
export function encodeAnswer({ contentType, headers, body }: KeptAnswer): Uint8Array {
  return joinBytes([encoder.encode(`${JSON.stringify({ contentType, headers })}\n`), body]);
}

/** What `encodeAnswer` was given; undefined for anything else. */
export function decodeAnswer(bytes: Uint8Array): KeptAnswer | undefined {
  const end = bytes.indexOf(lineFeed);
  const head = end < 0 ? undefined : parseObject(bytes.subarray(0, end));
  const contentType = textOf(head?.["contentType"]);
  const named = recordOf(head?.["headers"]);
  if (contentType === undefined || named === undefined) return undefined;
  const headers = Object.entries(named).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  return { contentType, headers: Object.fromEntries(headers), body: bytes.subarray(end + 1) };
}
