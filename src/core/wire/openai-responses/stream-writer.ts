import type { ChatEvent } from "#core/chat/event.ts";
import type { GatewayError } from "#core/errors.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { commentFrame, keepAliveFrame } from "#core/wire/comment-frame.ts";
import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";
import { renderOpenAiError } from "#core/wire/openai-error/render-error.ts";
import { AnswerWriter } from "#core/wire/openai-responses/answer-writer.ts";
import { lastSequenceNumber } from "#core/wire/openai-responses/sequence-number.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/**
 * Writes events as the stream of a response (OpenAI API reference, "Streaming events"): `response.created`, items one after
 * the other, and one terminal event with the whole response; sequence numbers from 0 without gaps.
 */
export class ResponsesStreamWriter implements StreamWriter {
  readonly contentType = "text/event-stream";
  readonly #context: EncodeContext;
  readonly #answer: AnswerWriter;
  #frames = "";
  #sequence = 0;
  #begun = false;
  #over = false;
  /** Text that waits for the probabilities of its tokens, which the service says in the same event. */
  #held: string | undefined;
  readonly #holds: boolean;
  #lastRaw: Uint8Array = nothing;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#answer = new AnswerWriter(context, (type, fields) => this.#frame(type, fields));
    this.#holds = context.request.operation === "chat" && context.request.chat.topLogprobs !== undefined;
  }

  event(event: ChatEvent): Uint8Array {
    if (this.#over) return nothing;
    if (event.type === "error") return this.fail(event.error);
    if (event.type === "start") this.#answer.add(event);
    this.#begin();
    if (this.#holds) this.#addHeld(event);
    else this.#answer.add(event);
    if (event.type === "end") this.#complete();
    return this.#take();
  }

  raw({ events, raw }: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    for (const event of events) if (event.type === "start") this.#answer.add(event);
    // A note between frames has no number; every other piece has whole frames, the last of which counts.
    if (raw.length > 0 && (raw[0] !== 0x3a || lastSequenceNumber(raw) !== undefined)) this.#lastRaw = raw;
    return raw;
  }

  fail(error: GatewayError): Uint8Array {
    if (this.#over) return nothing;
    this.#over = true;
    const last = lastSequenceNumber(this.#lastRaw);
    if (last !== undefined) this.#sequence = last + 1;
    const shown = shownError(error, this.#context.requestId);
    const code = textOf(shown["code"]) ?? textOf(shown["type"]) ?? "server_error";
    const message = textOf(shown["message"]) ?? error.message;
    const flat = { code, message, param: shown["param"] ?? null };
    this.#frame("error", `${JSON.stringify(flat).slice(1, -1)},"error":${JSON.stringify(shown)}`);
    this.#frame("response.failed", `"response":${JSON.stringify(this.#answer.failed({ code, message }))}`);
    return this.#take();
  }

  heartbeat(): Uint8Array {
    return keepAliveFrame;
  }

  comment(line: string): Uint8Array {
    return commentFrame(line);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const response = `"response":${JSON.stringify(this.#answer.begun())}`;
    this.#frame("response.created", response);
    this.#frame("response.in_progress", response);
  }

  #addHeld(event: ChatEvent): void {
    const text = this.#held;
    this.#held = undefined;
    if (event.type === "logprobs" && event.choice === 0) this.#answer.text(text ?? "", event.tokens);
    else if (text !== undefined) this.#answer.text(text, []);
    if (event.type === "text" && event.choice === 0) this.#held = event.text;
    else this.#answer.add(event);
  }

  #complete(): void {
    this.#over = true;
    const response = this.#answer.complete();
    this.#frame(`response.${String(response["status"])}`, `"response":${JSON.stringify(response)}`);
  }

  #frame(type: string, fields: string): void {
    this.#frames += `event: ${type}\ndata: {"type":"${type}",${fields},"sequence_number":${this.#sequence}}\n\n`;
    this.#sequence += 1;
  }

  #take(): Uint8Array {
    if (this.#frames === "") return nothing;
    const bytes = encoder.encode(this.#frames);
    this.#frames = "";
    return bytes;
  }
}

/** The error object that the caller would have got as a body. */
function shownError(error: GatewayError, requestId: string): Readonly<Record<string, unknown>> {
  return recordOf(parseObject(renderOpenAiError(error, requestId).body)?.["error"]) ?? {};
}
