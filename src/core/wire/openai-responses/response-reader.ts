import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { finishOf } from "#core/wire/openai-responses/finish.ts";
import { type AnswerState, OutputItemReader } from "#core/wire/openai-responses/output-item-reader.ts";
import { decodeUsage } from "#core/wire/openai-responses/token-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one response as events, from the events of its stream or from its whole body. Nothing is said twice, and what
 * only a later event tells in full (`.done`, the item, the response itself) is completed from there.
 */
export class ResponseReader {
  readonly #answer: AnswerState;
  /** By place in the output, or by id where a server leaves the place out. */
  readonly #items = new Map<unknown, OutputItemReader>();
  #started = false;
  /** The terminal event was read: nothing follows. */
  ended = false;

  constructor(requestId: string) {
    this.#answer = { requestId, events: [], calls: 0, textLength: 0, refused: false };
  }

  /** One event of a stream; kinds that nobody knows say nothing. */
  read(event: Fields): ChatEvent[] {
    const events: ChatEvent[] = [];
    this.#answer.events = events;
    const type = event["type"];
    switch (type) {
      case "response.created":
      case "response.in_progress":
      case "response.queued":
        this.#readStart(recordOf(event["response"]));
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        this.#readTerminal(recordOf(event["response"]) ?? {}, type.slice("response.".length));
        break;
      case "error":
        this.#readError(errorOf(recordOf(event["error"]) ?? event));
        break;
      default:
        this.#readItem(type, event);
    }
    return events;
  }

  /** A whole response object; one that still runs in the background has no end and no more to say. */
  readWhole(response: Fields): ChatEvent[] {
    const events: ChatEvent[] = [];
    this.#answer.events = events;
    this.#readStart(response);
    if (response["status"] === "failed") this.#readError(failureOf(response));
    else this.#readRest(response, textOf(response["status"]) ?? "completed");
    return events;
  }

  #readItem(type: unknown, event: Fields): void {
    switch (type) {
      case "response.output_text.delta":
        this.#item(event).text(indexOf(event["content_index"]), event["delta"], event["logprobs"]);
        return;
      case "response.output_text.done":
        this.#item(event).textDone(indexOf(event["content_index"]), event["text"], event["logprobs"]);
        return;
      case "response.output_text.annotation.added":
        this.#item(event).annotation(indexOf(event["content_index"]), event["annotation"]);
        return;
      case "response.refusal.delta":
        this.#item(event).refusal(indexOf(event["content_index"]), event["delta"]);
        return;
      case "response.refusal.done":
        this.#item(event).refusalDone(indexOf(event["content_index"]), event["refusal"]);
        return;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        this.#item(event).arguments(event["delta"]);
        return;
      case "response.function_call_arguments.done":
        this.#item(event).argumentsDone(event["arguments"]);
        return;
      case "response.custom_tool_call_input.done":
        this.#item(event).argumentsDone(event["input"]);
        return;
      case "response.reasoning_summary_text.delta":
        this.#item(event).reasoning("summary", indexOf(event["summary_index"]), event["delta"]);
        return;
      case "response.reasoning_summary_text.done":
        this.#item(event).reasoningDone("summary", indexOf(event["summary_index"]), event["text"]);
        return;
      case "response.reasoning_text.delta":
        this.#item(event).reasoning("content", indexOf(event["content_index"]), event["delta"]);
        return;
      case "response.reasoning_text.done":
        this.#item(event).reasoningDone("content", indexOf(event["content_index"]), event["text"]);
        return;
      case "response.output_item.added":
        this.#newItem(keyOf(event)).begin(recordOf(event["item"]) ?? {});
        return;
      case "response.output_item.done":
        this.#item(event).finish(recordOf(event["item"]) ?? {});
        return;
    }
  }

  #readStart(response: Fields | undefined): void {
    if (this.#started || response === undefined) return;
    this.#started = true;
    const id = textOf(response["id"]);
    const model = textOf(response["model"]);
    const created = response["created_at"];
    this.#answer.events.push({
      type: "start",
      ...(id === undefined ? {} : { id }),
      ...(model === undefined ? {} : { model }),
      ...(typeof created === "number" ? { createdSeconds: Math.floor(created) } : {}),
    });
  }

  #readTerminal(response: Fields, type: string): void {
    this.#readStart(response);
    const status = textOf(response["status"]) ?? type;
    if (type === "failed" || type === "cancelled" || status === "failed") this.#readError(failureOf(response));
    else this.#readRest(response, type === "incomplete" ? type : status);
  }

  #readRest(response: Fields, status: string): void {
    // Some servers say it all in the response alone; where items came by themselves they were complete.
    if (this.#items.size === 0) {
      for (const [index, item] of listOf(response["output"]).entries()) {
        this.#newItem(index).finish(recordOf(item) ?? {});
      }
    }
    const finish = finishOf({ ...response, status }, this.#answer);
    if (finish !== undefined) this.#answer.events.push({ type: "finish", choice: 0, ...finish });
    const usage = decodeUsage(response["usage"]);
    if (usage !== undefined) this.#answer.events.push({ type: "usage", usage });
    this.ended = true;
    this.#answer.events.push({ type: "end" });
  }

  #readError(error: GatewayError): void {
    this.ended = true;
    this.#answer.events.push({ type: "error", error });
  }

  #item(event: Fields): OutputItemReader {
    const key = keyOf(event);
    const known = this.#items.get(key);
    return known === undefined || known.done ? this.#newItem(key) : known;
  }

  #newItem(key: unknown): OutputItemReader {
    const item = new OutputItemReader(this.#answer);
    this.#items.set(key, item);
    return item;
  }
}

function keyOf(event: Fields): unknown {
  return event["output_index"] ?? event["item_id"] ?? recordOf(event["item"])?.["id"];
}

function indexOf(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < mostParts ? value : 0;
}

/** More parts than an item can have; bounds what one wrong number may make. */
const mostParts = 10_000;

function failureOf(response: Fields): GatewayError {
  const failure = recordOf(response["error"]) ?? { code: "server_error", message: "The response failed." };
  return errorOf({ type: failure["code"], param: null, ...failure });
}

function errorOf(error: Fields): GatewayError {
  const { type, ...said } = error;
  // A flat event's own type says nothing about the error.
  const named = type === "error" || type === undefined ? { type: said["code"], ...said } : error;
  return openAiErrorInAnswer({ error: named }) ?? unreadable();
}

function unreadable(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's answer reports an error that cannot be understood.");
}
