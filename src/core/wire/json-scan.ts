import { GatewayError } from "#core/errors.ts";

/** A stretch of bytes, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Deepest nesting of arrays and objects that a body may have. */
export const maxJsonDepth = 128;
/** Most values that a body may hold; an embedding request may carry 300,000 token numbers. */
export const maxJsonElements = 500_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const shortString = 24;

/**
 * Finds the values of the keys of the object that begins at `start`, in one pass over the bytes. It judges size and shape only
 * (`json_too_deep`; `invalid_request` on too many values or a key said twice); text that is not JSON is left for the
 * parser to refuse, whatever comes out of here.
 */
export function scanObject(bytes: Uint8Array, start: number): Map<string, Span> {
  const spans = new Map<string, Span>();
  let depth = 0;
  let elements = 0;
  let key: string | undefined;
  let valueStart = -1;
  const close = (end: number): void => {
    if (key === undefined || valueStart < 0) return;
    if (spans.has(key)) throw duplicateKey(key);
    spans.set(key, { start: valueStart, end: trimEnd(bytes, valueStart, end) });
    key = undefined;
    valueStart = -1;
  };
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      const from = at;
      at = endOfString(bytes, from);
      if (depth !== 1) continue;
      if (key === undefined) key = readKey(bytes, from, at);
      else if (valueStart < 0) valueStart = from;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (depth === 1 && valueStart < 0) valueStart = at;
      depth += 1;
      if (depth > maxJsonDepth) throw tooDeep();
      elements += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 1) close(at);
      depth -= 1;
      if (depth <= 0) return spans;
    } else if (byte === comma) {
      if (depth === 1) close(at);
      elements += 1;
      if (elements > maxJsonElements) throw tooManyElements();
    } else if (depth === 1 && valueStart < 0 && key !== undefined && byte !== colon && !isSpace(byte)) {
      valueStart = at;
    }
  }
  return spans;
}

/** Position of the quote that ends the string which begins at `start`, or the end of the bytes. */
export function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  // Most strings are short: a loop beats a native search there, and the search beats the loop beyond.
  for (const near = Math.min(bytes.length, at + shortString); at < near; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  for (;;) {
    const found = bytes.indexOf(quote, at);
    if (found < 0) return bytes.length;
    let before = found - 1;
    while (before >= at && bytes[before] === backslash) before -= 1;
    if ((found - before) % 2 === 1) return found;
    at = found + 1;
  }
}

const keyDecoder = new TextDecoder();

function readKey(bytes: Uint8Array, start: number, end: number): string {
  let plain = "";
  for (let at = start + 1; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === backslash || byte > 0x7e) return readUnusualKey(keyDecoder.decode(bytes.subarray(start, end + 1)));
    plain += String.fromCharCode(byte);
  }
  return plain;
}

function readUnusualKey(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** `end` without the white space before it, down to `start`. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && isSpace(bytes[last - 1])) last -= 1;
  return last;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function tooDeep(): GatewayError {
  return new GatewayError("json_too_deep", `The body is nested deeper than ${maxJsonDepth} levels.`, {
    details: { max_depth: maxJsonDepth },
  });
}

function tooManyElements(): GatewayError {
  return new GatewayError("invalid_request", `The body holds more than ${maxJsonElements} values.`, {
    details: { max_elements: maxJsonElements },
  });
}

function duplicateKey(key: string): GatewayError {
  const known = /^[A-Za-z0-9_.-]{1,64}$/.test(key);
  return new GatewayError(
    "invalid_request",
    "A key stands twice in the body.",
    known ? { details: { field: key } } : {},
  );
}
