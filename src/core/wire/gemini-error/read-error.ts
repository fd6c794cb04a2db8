import type { GatewayError } from "#core/errors.ts";
import type { RefusalHeaders } from "#core/wire/codec.ts";
import { listOf, parseJson, recordOf, textOf } from "#core/wire/json-value.ts";
import { statusOfWords, type UpstreamWords, upstreamRefusal } from "#core/wire/upstream-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();

/** A provider's non-2xx answer in Google's envelope (google.rpc.Status), alone or in a list, as an error. */
export function readGeminiError(status: number, body: Uint8Array, headers: RefusalHeaders): GatewayError {
  return upstreamRefusal("gemini", status, body, headers, wordsOf(geminiErrorObject(body)));
}

/** The error that an answer with status 200, or a frame of a stream, holds in place of content; undefined when it holds none. */
export function geminiErrorInAnswer(answer: Fields): GatewayError | undefined {
  const error = errorOf(answer);
  if (error === undefined) return undefined;
  const body = encoder.encode(JSON.stringify({ error }));
  return upstreamRefusal("gemini", statusOf(error), body, { contentType: "application/json" }, wordsOf(error));
}

/** The `error` object of a body, if it is one of Google's shape. */
export function geminiErrorObject(body: Uint8Array): Fields | undefined {
  return errorOf(parseJson(body));
}

function errorOf(value: unknown): Fields | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return recordOf(recordOf(first)?.["error"]);
}

function wordsOf(error: Fields | undefined): UpstreamWords {
  if (error === undefined) return {};
  const message = textOf(error["message"]);
  const type = textOf(error["status"]);
  const details = listOf(error["details"]).map((detail) => recordOf(detail) ?? {});
  const code = details.map((detail) => textOf(detail["reason"])).find((reason) => reason !== undefined);
  const retryAfterMs = details.map((detail) => durationMs(detail["retryDelay"])).find((wait) => wait !== undefined);
  const credentials = code !== undefined && badKeys.has(code);
  return {
    ...(message === undefined ? {} : { message }),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(credentials ? { credentials } : {}),
  };
}

const badKeys: ReadonlySet<string> = new Set(["API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "ACCESS_TOKEN_EXPIRED"]);

/** Google's way to write a duration: `34.4s`. */
function durationMs(value: unknown): number | undefined {
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textOf(value) ?? "") ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function statusOf(error: Fields): number {
  const code = error["code"];
  if (typeof code === "number" && Number.isInteger(code) && code >= 400 && code < 600) return code;
  return statusOfWords(textOf(error["status"]) ?? "");
}
