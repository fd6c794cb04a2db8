import type { GatewayError } from "#core/errors.ts";
import type { RefusalHeaders } from "#core/wire/codec.ts";
import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";
import { statusOfWords, type UpstreamWords, upstreamRefusal } from "#core/wire/upstream-error.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A provider's non-2xx answer in OpenAI's dialect as an error; see `upstreamRefusal` for what it carries. */
export function readOpenAiError(status: number, body: Uint8Array, headers: RefusalHeaders): GatewayError {
  return upstreamRefusal("openai", status, body, headers, wordsOf(parseObject(body)));
}

const encoder = new TextEncoder();

/**
 * The error that an answer with status 200 holds instead of content: `{error: {...}}`, `{error: "text"}` or vLLM's
 * `{object: "error", ...}`. Undefined when it holds none. The status is taken from what the error says about itself.
 */
export function openAiErrorInAnswer(answer: Fields): GatewayError | undefined {
  const error = answer["object"] === "error" ? answer : answer["error"];
  if (typeof error === "string" && error !== "") return readOpenAiError(500, encoder.encode(error), {});
  const fields = recordOf(error);
  if (fields === undefined) return undefined;
  const body = encoder.encode(JSON.stringify({ error: fields }));
  return readOpenAiError(statusOf(fields), body, { contentType: "application/json" });
}

/** The `error` object inside an answer's body, if it is one of OpenAI's shape. */
export function openAiErrorObject(body: Uint8Array): Fields | undefined {
  return recordOf(parseObject(body)?.["error"]);
}

/** The words of an error body, in OpenAI's shape or in those of its imitators. */
function wordsOf(body: Fields | undefined): UpstreamWords {
  if (body === undefined) return {};
  const error = recordOf(body["error"]) ?? body;
  const message =
    textOf(error["message"]) ?? textOf(body["error"]) ?? textOf(error["detail"]) ?? textOf(body["message"]);
  const type = textOf(error["type"]);
  const code = textOf(error["code"]);
  return {
    ...(message === undefined ? {} : { message }),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
  };
}

/** What status an error would have had, by its number or by OpenAI's and its imitators' words. */
function statusOf(error: Fields): number {
  for (const name of ["code", "status", "status_code"]) {
    const number = Number(error[name] ?? Number.NaN);
    if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  }
  return statusOfWords(`${String(error["code"] ?? "")} ${String(error["type"] ?? "")}`);
}
