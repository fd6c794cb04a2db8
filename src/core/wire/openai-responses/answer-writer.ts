import type { ChatEvent, FinishReason, TokenLogprob } from "#core/chat/event.ts";
import type { OpaqueToken } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";
import { wordlessRefusal } from "#core/chat/wordless-refusal.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { answerId, idBase, madeCallId } from "#core/wire/made-id.ts";
import { CallItem } from "#core/wire/openai-responses/call-item.ts";
import { itemId } from "#core/wire/openai-responses/item-id.ts";
import { MessageItem } from "#core/wire/openai-responses/message-item.ts";
import type { Emit, ItemStatus, OutputItem } from "#core/wire/openai-responses/output-item.ts";
import { type ResponseFailure, responseObject } from "#core/wire/openai-responses/response-object.ts";
import { ThoughtItem } from "#core/wire/openai-responses/thought-item.ts";

/**
 * Writes the items of one answer from its events, one item after the other, each begun, filled and ended; and the response
 * object around them. Whole bodies are made the same way, with events that go nowhere. Only the first choice can be said.
 */
export class AnswerWriter {
  readonly #context: EncodeContext;
  readonly #emit: Emit;
  readonly #base: string;
  readonly #output: OutputItem[] = [];
  readonly #calls: (CallItem | undefined)[] = [];
  /** Calls that began while the arguments of the one under way were unfinished. */
  readonly #waiting: CallItem[] = [];
  #begun = 0;
  #message: MessageItem | undefined;
  #thought: ThoughtItem | undefined;
  #call: CallItem | undefined;
  #textLength = 0;
  #refused = false;
  #start: Extract<ChatEvent, { type: "start" }> | undefined;
  #finish: FinishReason | undefined;
  #usage: Usage | undefined;

  constructor(context: EncodeContext, emit: Emit) {
    this.#context = context;
    this.#emit = emit;
    this.#base = idBase(context.requestId);
  }

  add(event: ChatEvent): void {
    if ("choice" in event && event.choice !== 0) return;
    switch (event.type) {
      case "start":
        this.#start ??= event;
        return;
      case "text":
        this.text(event.text, []);
        return;
      case "reasoning":
        if (event.text !== "") this.#openThought().text(event.text);
        return;
      case "reasoning-token":
        this.#token(event.token);
        return;
      case "refusal":
        this.#refusal(event.text);
        return;
      case "citation":
        this.#message?.citation(event.citation);
        return;
      case "tool-call":
        this.#toolCall(event);
        return;
      case "tool-arguments":
        this.#arguments(event.call, event.text);
        return;
      case "finish":
        this.#finish = event.reason;
        return;
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return;
      case "logprobs":
      case "embedding":
      case "opaque":
      case "error":
      case "end":
        return;
    }
  }

  /** Text together with how likely its tokens were, which the service says in one event. */
  text(text: string, logprobs: readonly TokenLogprob[]): void {
    if (text === "" && logprobs.length === 0) return;
    this.#openMessage().text(text, logprobs, this.#textLength);
    this.#textLength += text.length;
  }

  /** The response as it stands before anything was said. */
  begun(): OutputItem {
    // Who the answer is does not change once it was said.
    this.#start ??= { type: "start" };
    return responseObject(this.#context, this.#identity(), { status: "in_progress", output: [] });
  }

  /** Ends what is open; the whole response. */
  complete(): OutputItem {
    const incomplete = incompleteReason(this.#finish);
    if (this.#finish === "refusal" && !this.#refused) this.#refusal(wordlessRefusal);
    this.#closeAll(incomplete === undefined ? "completed" : "incomplete");
    if (this.#finish === "error") return this.failed({ code: "server_error", message: "The model's turn failed." });
    return responseObject(this.#context, this.#identity(), {
      status: incomplete === undefined ? "completed" : "incomplete",
      output: this.#output,
      ...(incomplete === undefined ? {} : { incomplete }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    });
  }

  /** The response as it failed: with the items that were ended before. */
  failed(failure: ResponseFailure): OutputItem {
    return responseObject(this.#context, this.#identity(), {
      status: "failed",
      output: this.#output,
      failure,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    });
  }

  #identity(): { id: string; createdSeconds: number } {
    return {
      id: answerId("resp_", this.#start?.id, this.#context.requestId),
      createdSeconds: this.#start?.createdSeconds ?? this.#context.createdSeconds,
    };
  }

  #openMessage(): MessageItem {
    if (this.#message !== undefined) return this.#message;
    this.#closeAll("completed");
    const index = this.#nextIndex();
    this.#message = new MessageItem(this.#emit, index, itemId("msg", this.#base, index));
    return this.#message;
  }

  #openThought(): ThoughtItem {
    if (this.#thought !== undefined) return this.#thought;
    this.#closeAll("completed");
    const index = this.#nextIndex();
    this.#thought = new ThoughtItem(this.#emit, index, itemId("rs", this.#base, index));
    return this.#thought;
  }

  #token(token: OpaqueToken): void {
    const thought = this.#openThought();
    this.#thought = undefined;
    this.#output.push(thought.close(token));
  }

  #refusal(text: string): void {
    if (text === "") return;
    this.#refused = true;
    this.#openMessage().refusal(text, this.#textLength);
  }

  #toolCall(event: Extract<ChatEvent, { type: "tool-call" }>): void {
    this.#closeMessage("completed");
    const call = new CallItem(this.#emit, {
      callId: event.id === "" ? madeCallId(this.#context.requestId, event.call) : event.id,
      name: event.name,
      namespace: event.namespace,
      custom: event.form === "custom",
      typed: this.#typeOf(event.name),
    });
    this.#calls[event.call] = call;
    this.#waiting.push(call);
    this.#advance();
  }

  #arguments(number: number, text: string): void {
    this.#calls[number]?.arguments(text);
    if (this.#waiting.length > 0) this.#advance();
  }

  /** Goes on to the calls that wait, as far as the one under way is whole. */
  #advance(): void {
    while (this.#waiting.length > 0 && (this.#call === undefined || this.#call.whole)) this.#nextCall();
  }

  #nextCall(): void {
    if (this.#call !== undefined) this.#output.push(this.#call.close("completed"));
    this.#call = this.#waiting.shift();
    this.#call?.begin(this.#nextIndex(), this.#base);
  }

  #closeMessage(status: ItemStatus): void {
    if (this.#message !== undefined) this.#output.push(this.#message.close(status));
    if (this.#thought !== undefined) this.#output.push(this.#thought.close(undefined));
    this.#message = undefined;
    this.#thought = undefined;
  }

  #closeAll(status: ItemStatus): void {
    this.#closeMessage(status);
    while (this.#waiting.length > 0) this.#nextCall();
    if (this.#call !== undefined) this.#output.push(this.#call.close(status));
    this.#call = undefined;
    this.#calls.length = 0;
  }

  #nextIndex(): number {
    this.#begun += 1;
    return this.#begun - 1;
  }

  #typeOf(name: string): string | undefined {
    const { request } = this.#context;
    if (request.operation === "embeddings") return undefined;
    const tool = request.chat.tools.find((known) => known.kind !== "hosted" && known.name === name);
    return tool === undefined || tool.kind === "hosted" ? undefined : tool.typed;
  }
}

function incompleteReason(finish: FinishReason | undefined): "max_output_tokens" | "content_filter" | undefined {
  switch (finish) {
    case "length":
    case "context_full":
      return "max_output_tokens";
    case "content_filter":
      return finish;
    default:
      return undefined;
  }
}
