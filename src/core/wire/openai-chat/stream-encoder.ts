import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { completionId } from "#core/wire/openai-chat/completion-id.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { renderOpenAiStreamError } from "#core/wire/openai-error/render-error.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const done = "data: [DONE]\n\n";

/** The frame that ends every good stream. */
export const doneFrame: Uint8Array = encoder.encode(done);

/**
 * Encodes events as `chat.completion.chunk` frames (OpenAI API reference, "Streaming"): a first delta with the role for every
 * choice, then content, one finish, the usage chunk only if it was asked for, `[DONE]`. Opaque content cannot be written.
 */
export class ChatStreamEncoder {
  readonly #context: EncodeContext;
  readonly #begun = new Set<number>();
  #head: string | undefined;
  #id: string;
  #createdSeconds: number;
  #usage: Usage | undefined;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#id = completionId(context.requestId);
    this.#createdSeconds = context.createdSeconds;
  }

  encode(event: ChatEvent): Uint8Array {
    switch (event.type) {
      case "start":
        this.#id = event.id ?? this.#id;
        this.#createdSeconds = event.createdSeconds ?? this.#createdSeconds;
        return nothing;
      case "text":
        return this.#delta(event.choice, `{"content":${JSON.stringify(event.text)}}`);
      case "reasoning":
        return this.#delta(event.choice, `{"reasoning_content":${JSON.stringify(event.text)}}`);
      case "refusal":
        return this.#delta(event.choice, `{"refusal":${JSON.stringify(event.text)}}`);
      case "tool-call":
        return this.#call(event.choice, {
          index: event.call,
          id: event.id,
          type: "function",
          function: { name: event.name, arguments: "" },
        });
      case "tool-arguments":
        return this.#call(event.choice, { index: event.call, function: { arguments: event.text } });
      case "finish":
        return this.#delta(event.choice, "{}", JSON.stringify(finishWord(event.reason, event.raw)));
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return nothing;
      case "end":
        return this.#end();
      case "error":
        return renderOpenAiStreamError(event.error, this.#context.requestId);
      case "embedding":
      case "opaque":
        return nothing;
    }
  }

  #call(choice: number, call: Readonly<Record<string, unknown>>): Uint8Array {
    return this.#delta(choice, JSON.stringify({ tool_calls: [call] }));
  }

  #delta(choice: number, delta: string, finish: string = "null"): Uint8Array {
    const chunk = this.#choiceChunk(choice, delta, finish);
    if (this.#begun.has(choice)) return encoder.encode(chunk);
    this.#begun.add(choice);
    return encoder.encode(this.#choiceChunk(choice, '{"role":"assistant","content":""}', "null") + chunk);
  }

  #choiceChunk(choice: number, delta: string, finish: string): string {
    this.#head ??= this.#writeHead();
    const usage = this.#context.streamUsage ? ',"usage":null' : "";
    return `${this.#head}[{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${usage}}\n\n`;
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
    if (!this.#context.streamUsage || this.#usage === undefined) return doneFrame;
    this.#head ??= this.#writeHead();
    return encoder.encode(`${this.#head}[],"usage":${JSON.stringify(encodeUsage(this.#usage))}}\n\n${done}`);
  }
}
