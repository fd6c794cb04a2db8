import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import { wordlessRefusal } from "#core/chat/wordless-refusal.ts";
import type { GatewayError } from "#core/errors.ts";
import { CodePoints } from "#core/wire/code-points.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { commentFrame, keepAliveFrame } from "#core/wire/comment-frame.ts";
import { answerId } from "#core/wire/made-id.ts";
import { encodeAnnotation } from "#core/wire/openai-chat/annotation.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { encodeLogprobs } from "#core/wire/openai-chat/token-logprobs.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { renderOpenAiStreamError } from "#core/wire/openai-error/render-error.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const done = "data: [DONE]\n\n";

/** The frame that ends every good stream. */
export const doneFrame: Uint8Array = encoder.encode(done);

/** What a choice has said so far. */
interface Choice {
  readonly index: number;
  readonly text: CodePoints;
  readonly forms: ("function" | "custom")[];
  /** Calls of functions without arguments so far. */
  readonly bare: Set<number>;
  refusal: boolean;
  finished: boolean;
}

/**
 * Writes events as `chat.completion.chunk` frames (OpenAI API reference, "Streaming"): a first delta with the role for every
 * choice, then content, one finish, the usage chunk only if it was asked for, `[DONE]`. Thoughts are `reasoning_content`; what
 * their maker signed has no place here. Opaque content cannot be written.
 */
export class ChatStreamWriter implements StreamWriter {
  readonly contentType = "text/event-stream";
  readonly #context: EncodeContext;
  readonly #choices = new Map<number, Choice>();
  #head: string | undefined;
  #id: string;
  #createdSeconds: number;
  #usage: Usage | undefined;
  #over = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#id = answerId("chatcmpl-", undefined, context.requestId);
    this.#createdSeconds = context.createdSeconds;
  }

  event(event: ChatEvent): Uint8Array {
    if (this.#over) return nothing;
    switch (event.type) {
      case "start":
        this.#id = answerId("chatcmpl-", event.id, this.#context.requestId);
        this.#createdSeconds = event.createdSeconds ?? this.#createdSeconds;
        return nothing;
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return nothing;
      case "end":
        return this.#end();
      case "error":
        return this.fail(event.error);
      case "embedding":
      case "opaque":
      case "reasoning-token":
        return nothing;
      default: {
        const known = this.#choices.get(event.choice);
        if (known !== undefined) return known.finished ? nothing : encoder.encode(this.#content(event, known));
        const choice = newChoice(event.choice);
        this.#choices.set(event.choice, choice);
        const role = this.#chunk(choice, '{"role":"assistant","content":""}');
        return encoder.encode(role + this.#content(event, choice));
      }
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

  #content(event: ContentEvent, choice: Choice): string {
    switch (event.type) {
      case "text":
        choice.text.add(event.text);
        return this.#chunk(choice, `{"content":${JSON.stringify(event.text)}}`);
      case "reasoning":
        return this.#chunk(choice, `{"reasoning_content":${JSON.stringify(event.text)}}`);
      case "refusal":
        choice.refusal ||= event.text !== "";
        return this.#chunk(choice, `{"refusal":${JSON.stringify(event.text)}}`);
      case "citation": {
        const annotation = encodeAnnotation(event.citation, choice.text);
        return annotation === undefined ? "" : this.#chunk(choice, JSON.stringify({ annotations: [annotation] }));
      }
      case "logprobs":
        return this.#chunk(choice, "{}", "null", JSON.stringify(encodeLogprobs(event.tokens)));
      case "tool-call": {
        const { call, id, name, form = "function" } = event;
        choice.forms[call] = form;
        if (form === "function") choice.bare.add(call);
        const said = form === "custom" ? { custom: { name, input: "" } } : { function: { name, arguments: "" } };
        return this.#chunk(choice, JSON.stringify({ tool_calls: [{ index: call, id, type: form, ...said }] }));
      }
      case "tool-arguments": {
        const form = choice.forms[event.call];
        if (form === undefined) return "";
        if (event.text !== "") choice.bare.delete(event.call);
        return this.#callPiece(choice, event.call, form, event.text);
      }
      case "finish": {
        choice.finished = true;
        const { forms, refusal, text } = choice;
        const word = finishWord(event.reason, { calls: forms.length > 0, refusal });
        const wordless = event.reason === "refusal" && !refusal && text.count === 0 && forms.length === 0;
        let frames = wordless ? this.#chunk(choice, JSON.stringify({ refusal: wordlessRefusal })) : "";
        // Some servers leave the arguments of a call without any empty; callers parse them.
        if (event.reason === "tool_calls") {
          for (const call of choice.bare) frames += this.#callPiece(choice, call, "function", "{}");
        }
        return frames + this.#chunk(choice, "{}", JSON.stringify(word));
      }
    }
  }

  #callPiece(choice: Choice, call: number, form: "function" | "custom", text: string): string {
    const said = form === "custom" ? '"custom":{"input":' : '"function":{"arguments":';
    return this.#chunk(choice, `{"tool_calls":[{"index":${call},${said}${JSON.stringify(text)}}}]}`);
  }

  #chunk({ index }: Choice, delta: string, finish: string = "null", logprobs: string = "null"): string {
    this.#head ??= this.#writeHead();
    const usage = this.#context.streamUsage ? ',"usage":null' : "";
    return `${this.#head}[{"index":${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}]${usage}}\n\n`;
  }

  /** Everything before the value of `choices`, the same in every chunk. */
  #writeHead(): string {
    const fixed = {
      id: this.#id,
      object: "chat.completion.chunk",
      created: this.#createdSeconds,
      model: this.#context.model,
      system_fingerprint: null,
    };
    return `data: ${JSON.stringify(fixed).slice(0, -1)},"choices":`;
  }

  #end(): Uint8Array {
    this.#over = true;
    if (!this.#context.streamUsage || this.#usage === undefined) return doneFrame;
    this.#head ??= this.#writeHead();
    return encoder.encode(`${this.#head}[],"usage":${JSON.stringify(encodeUsage(this.#usage))}}\n\n${done}`);
  }
}

type ContentEvent = Exclude<Extract<ChatEvent, { readonly choice: number }>, { readonly type: "reasoning-token" }>;

function newChoice(index: number): Choice {
  return { index, text: new CodePoints(), forms: [], bare: new Set(), refusal: false, finished: false };
}
