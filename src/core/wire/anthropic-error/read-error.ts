import type { GatewayError } from "#core/errors.ts";
import type { RefusalHeaders } from "#core/wire/codec.ts";
import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";
import { statusOfWords, upstreamRefusal } from "#core/wire/upstream-error.ts";

/** A provider's non-2xx answer in Anthropic's envelope as an error; see `upstreamRefusal`. */
export function readAnthropicError(status: number, body: Uint8Array, headers: RefusalHeaders): GatewayError {
  return upstreamRefusal("anthropic", status, body, headers, wordsOf(anthropicErrorObject(body)));
}

/** The `error` object inside a body, if it is one of Anthropic's shape. */
export function anthropicErrorObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  return recordOf(parseObject(body)?.["error"]);
}

const encoder = new TextEncoder();

/**
 * The error that an answer with status 200, or an event of a stream, holds instead of content; undefined when it holds none. Its
 * status is what its type says. `named` when the event's name already says that it is one.
 */
export function anthropicErrorInAnswer(
  answer: Readonly<Record<string, unknown>>,
  named: boolean = false,
): GatewayError | undefined {
  if (!named && answer["type"] !== "error" && (answer["type"] !== undefined || answer["error"] === undefined)) {
    return undefined;
  }
  const error = recordOf(answer["error"]) ?? (named ? answer : {});
  const body = encoder.encode(JSON.stringify({ type: "error", error }));
  const status = statusOfWords(`${textOf(error["type"]) ?? ""} ${textOf(error["code"]) ?? ""}`);
  return upstreamRefusal("anthropic", status, body, { contentType: "application/json" }, wordsOf(error));
}

function wordsOf(error: Readonly<Record<string, unknown>> | undefined): { message?: string; type?: string } {
  const message = textOf(error?.["message"]);
  const type = textOf(error?.["type"]);
  return { ...(message === undefined ? {} : { message }), ...(type === undefined ? {} : { type }) };
}
