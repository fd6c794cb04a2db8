import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import type { DecodeOptions, EncodeContext } from "#core/wire/codec.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { AnswerWriter } from "#core/wire/openai-responses/answer-writer.ts";
import { ResponseReader } from "#core/wire/openai-responses/response-reader.ts";

/**
 * A `response` body as events. Throws the error that the body holds, or `upstream_bad_response` when it is cut, no JSON (a
 * login page) or no response.
 */
export function decodeWholeResponse(body: Uint8Array, { requestId }: DecodeOptions): ChatEvent[] {
  const response = parseObject(body);
  if (response !== undefined && !Array.isArray(response["output"])) {
    const error = openAiErrorInAnswer(response);
    if (error !== undefined) throw error;
  }
  if (response === undefined || !Array.isArray(response["output"])) {
    throw new GatewayError("upstream_bad_response", "The provider's answer is not a response.");
  }
  const events = new ResponseReader(requestId).readWhole(response);
  for (const event of events) if (event.type === "error") throw event.error;
  return events;
}

const encoder = new TextEncoder();

/** A `response` body from the events of one answer. Throws the error of an `error` event. */
export function encodeWholeResponse(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const writer = new AnswerWriter(context, () => {});
  for (const event of events) {
    if (event.type === "error") throw event.error;
    writer.add(event);
  }
  return encoder.encode(JSON.stringify(writer.complete()));
}
