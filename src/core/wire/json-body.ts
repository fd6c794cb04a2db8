import { GatewayError } from "#core/errors.ts";
import { parseKeepingNumbers } from "#core/wire/json-digits.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { findJsonMistake } from "#core/wire/json-syntax.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** A request body: its bytes as they came (a byte order mark left out), and what they say. */
export interface JsonBody {
  readonly bytes: Uint8Array;
  readonly value: Readonly<Record<string, unknown>>;
  /** Byte positions of the values of the top-level keys. */
  readonly spans: ReadonlyMap<string, Span>;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body that must be one JSON object (RFC 8259, a leading BOM is tolerated). Throws `invalid_utf8`,
 * `invalid_json` with the byte `offset` of the mistake, `json_too_deep`, or `invalid_request` when the body holds too
 * many values, says a top-level key twice or is no object. No message repeats the input.
 */
export function decodeJsonBody(input: Uint8Array): JsonBody {
  const bytes = input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf ? input.subarray(3) : input;
  const text = decodeText(bytes);
  const spans = scanObject(bytes, 0);
  const value = recordOf(parse(text, bytes));
  if (value === undefined) throw new GatewayError("invalid_request", "The body must be a JSON object.");
  return { bytes, value, spans };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new GatewayError("invalid_utf8", "The body is not valid UTF-8.");
  }
}

function parse(text: string, bytes: Uint8Array): unknown {
  try {
    return parseKeepingNumbers(text);
  } catch {
    const offset = findJsonMistake(bytes) ?? bytes.length;
    throw new GatewayError("invalid_json", `The body is not valid JSON at byte ${offset}.`, { details: { offset } });
  }
}
