import type { ChatEvent, Ending } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import { GatewayError } from "#core/errors.ts";
import { renderAnthropicStreamError } from "#core/wire/anthropic-error/render-error.ts";
import { BlockWriter } from "#core/wire/anthropic-messages/block-writer.ts";
import { encodeEnding } from "#core/wire/anthropic-messages/finish.ts";
import { encodeUsage } from "#core/wire/anthropic-messages/token-usage.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { commentFrame } from "#core/wire/comment-frame.ts";
import { answerId } from "#core/wire/made-id.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const ping = encoder.encode('event: ping\ndata: {"type":"ping"}\n\n');

/** The frame that ends every good stream. */
export const stopFrame = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/**
 * Writes the events of one answer as a stream of Messages events (Anthropic API reference, "Streaming messages"): one
 * `message_start`, blocks one after another, `message_delta` with all counts, `message_stop`. Alternatives beyond the first,
 * log probabilities and opaque content have no place there.
 */
export class MessageStreamWriter implements StreamWriter {
  readonly contentType: string = "text/event-stream";
  readonly #context: EncodeContext;
  readonly #blocks: BlockWriter;
  #id: string | undefined;
  #usage: Usage = {};
  #ending: Ending | undefined;
  #refused = false;
  #started = false;
  #over = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#blocks = new BlockWriter(context.requestId);
  }

  event(event: ChatEvent): Uint8Array {
    if (this.#over || ("choice" in event && event.choice !== 0)) return nothing;
    switch (event.type) {
      case "start":
        this.#id = event.id;
        return nothing;
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return nothing;
      case "finish":
        this.#ending = event;
        return nothing;
      case "end":
        return this.#end();
      case "error":
        return this.fail(event.error);
      case "embedding":
      case "opaque":
      case "logprobs":
        return nothing;
      default:
        return this.#content(event);
    }
  }

  raw(piece: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    return piece.raw;
  }

  fail(error: GatewayError): Uint8Array {
    if (this.#over) return nothing;
    this.#over = true;
    return renderAnthropicStreamError(error, this.#context.requestId);
  }

  heartbeat(): Uint8Array {
    return this.#over ? nothing : ping;
  }

  comment(line: string): Uint8Array {
    return commentFrame(line);
  }

  #content(event: ContentEvent): Uint8Array {
    const text = this.#write(event);
    return text === "" ? nothing : encoder.encode(this.#begin() + text);
  }

  #write(event: ContentEvent): string {
    switch (event.type) {
      case "text":
        return this.#blocks.text(event.text);
      case "refusal":
        this.#refused ||= event.text !== "";
        return this.#blocks.text(event.text);
      case "reasoning":
        return this.#blocks.thinking(event.text);
      case "reasoning-token":
        return this.#blocks.token(event.token);
      case "citation":
        return this.#blocks.citation(event.citation);
      case "tool-call":
        return this.#blocks.call(event);
      case "tool-arguments":
        return this.#blocks.callArguments(event.call, event.text);
    }
  }

  /** The head of the stream, once. */
  #begin(): string {
    if (this.#started) return "";
    this.#started = true;
    const message = {
      id: answerId("msg_", this.#id, this.#context.requestId),
      type: "message",
      role: "assistant",
      model: this.#context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: encodeUsage(this.#usage),
    };
    return `event: message_start\ndata: ${JSON.stringify({ type: "message_start", message })}\n\n`;
  }

  #end(): Uint8Array {
    if (this.#ending?.reason === "error") {
      return this.fail(new GatewayError("upstream_error", "The provider ended its answer with an error."));
    }
    this.#over = true;
    const head = this.#begin() + this.#blocks.closeAll();
    const delta = encodeEnding(this.#ending, this.#blocks.calls > 0, this.#refused);
    const { cache_creation: _split, ...usage } = encodeUsage(this.#usage);
    return encoder.encode(
      `${head}event: message_delta\ndata: ${JSON.stringify({ type: "message_delta", delta, usage })}\n\n${stopFrame}`,
    );
  }
}

type ContentEvent = Extract<
  ChatEvent,
  {
    readonly type: "text" | "refusal" | "reasoning" | "reasoning-token" | "citation" | "tool-call" | "tool-arguments";
  }
>;
