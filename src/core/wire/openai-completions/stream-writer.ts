import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { GatewayError } from "#core/errors.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { commentFrame, keepAliveFrame } from "#core/wire/comment-frame.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { answerId } from "#core/wire/made-id.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { doneFrame } from "#core/wire/openai-chat/stream-writer.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { renderOpenAiStreamError } from "#core/wire/openai-error/render-error.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/** What tells of a completion why it ended: it makes no calls, and a refusal in words has no place in it. */
export const spoken = { calls: false, refusal: false };

/** Writes events as `text_completion` frames, the legacy stream: text, a finish, usage if it was asked for, `[DONE]`. */
export class CompletionStreamWriter implements StreamWriter {
  readonly contentType = "text/event-stream";
  readonly #context: EncodeContext;
  #start: Extract<ChatEvent, { type: "start" }> | undefined;
  #usage: Usage | undefined;
  #over = false;

  constructor(context: EncodeContext) {
    this.#context = context;
  }

  event(event: ChatEvent): Uint8Array {
    if (this.#over) return nothing;
    switch (event.type) {
      case "start":
        this.#start = event;
        return nothing;
      case "text":
        return this.#frame([{ text: event.text, index: event.choice, logprobs: null, finish_reason: null }]);
      case "finish": {
        const word = finishWord(event.reason, spoken);
        return this.#frame([{ text: "", index: event.choice, logprobs: null, finish_reason: word }]);
      }
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return nothing;
      case "error":
        return this.fail(event.error);
      case "end": {
        this.#over = true;
        if (!this.#context.streamUsage || this.#usage === undefined) return doneFrame;
        const usage = this.#frame([], encodeUsage(this.#usage));
        return joinBytes([usage, doneFrame]);
      }
      default:
        return nothing;
    }
  }

  raw({ raw }: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    return raw;
  }

  fail(error: GatewayError): Uint8Array {
    if (this.#over) return nothing;
    this.#over = true;
    return renderOpenAiStreamError(error, this.#context.requestId);
  }

  heartbeat(): Uint8Array {
    return keepAliveFrame;
  }

  comment(line: string): Uint8Array {
    return commentFrame(line);
  }

  #frame(choices: readonly unknown[], usage?: unknown): Uint8Array {
    const head = headOf(this.#context, this.#start?.id, this.#start?.createdSeconds);
    return encoder.encode(`data: ${JSON.stringify({ ...head, choices, usage })}\n\n`);
  }
}

/** What every frame and every body of a completion says of itself. */
export function headOf(
  { requestId, createdSeconds, model }: EncodeContext,
  id: string | undefined,
  created: number = createdSeconds,
): object {
  return { id: answerId("cmpl-", id, requestId), object: "text_completion", created, model };
}
