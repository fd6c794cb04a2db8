import type { ChatEvent } from "#core/chat/event.ts";
import { CodePoints } from "#core/wire/code-points.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { madeCallId } from "#core/wire/made-id.ts";
import { decodeLogprobs } from "#core/wire/openai-chat/token-logprobs.ts";
import { decodeAnnotation } from "#core/wire/openai-responses/annotation.ts";
import { summaryBreak } from "#core/wire/openai-responses/reasoning-item.ts";
import { typedCallOf } from "#core/wire/openai-responses/typed-tool.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What all items of one answer share. */
export interface AnswerState {
  readonly requestId: string;
  /** Where events go; replaced for every event of the stream. */
  events: ChatEvent[];
  calls: number;
  /** UTF-16 code units of text said so far. */
  textLength: number;
  refused: boolean;
}

/** What was said of one part of an item: how much of it, and of its annotations. */
interface PartState {
  said: number;
  annotations: number;
  readonly base: number;
  readonly points: CodePoints;
}

/**
 * Reads one output item as events, whether it comes in deltas, in `.done` events, whole in `output_item.done`, or in any
 * mixture of these: what was said before is not said again.
 */
export class OutputItemReader {
  readonly #answer: AnswerState;
  readonly #parts: PartState[] = [];
  /** Which of its two texts an item of reasoning shows: the one that came first. */
  #shown: "summary" | "content" | undefined;
  #call = -1;
  #opaque = false;
  done = false;

  constructor(answer: AnswerState) {
    this.#answer = answer;
  }

  /** The item as `output_item.added` shows it: nothing but what kind it is and what it calls. */
  begin(item: Fields): void {
    const type = item["type"];
    if (type === "function_call" || type === "custom_tool_call") this.#openCall(item);
    else if (type !== "message" && type !== "reasoning" && typedCallOf(item) === undefined) this.#sayOpaque(item);
  }

  text(part: number, delta: unknown, logprobs?: unknown): void {
    if (typeof delta !== "string" || delta === "") return;
    const state = this.#part(part);
    state.said += delta.length;
    state.points.add(delta);
    this.#answer.textLength += delta.length;
    this.#answer.events.push({ type: "text", choice: 0, text: delta });
    if (!Array.isArray(logprobs) || logprobs.length === 0) return;
    const tokens = decodeLogprobs(logprobs);
    if (tokens.length > 0) this.#answer.events.push({ type: "logprobs", choice: 0, tokens });
  }

  textDone(part: number, text: unknown, logprobs?: unknown): void {
    if (typeof text !== "string") return;
    const { said } = this.#part(part);
    this.text(part, text.slice(said), said === 0 ? logprobs : undefined);
  }

  refusal(part: number, delta: unknown): void {
    if (typeof delta !== "string" || delta === "") return;
    this.#part(part).said += delta.length;
    this.#answer.refused = true;
    this.#answer.events.push({ type: "refusal", choice: 0, text: delta });
  }

  refusalDone(part: number, text: unknown): void {
    if (typeof text === "string") this.refusal(part, text.slice(this.#part(part).said));
  }

  annotation(part: number, value: unknown): void {
    const state = this.#part(part);
    state.annotations += 1;
    const citation = decodeAnnotation(value, state.points, state.base);
    if (citation !== undefined) this.#answer.events.push({ type: "citation", choice: 0, citation });
  }

  reasoning(kind: "summary" | "content", part: number, delta: unknown): void {
    if (typeof delta !== "string" || delta === "") return;
    this.#shown ??= kind;
    if (this.#shown !== kind) return;
    const state = this.#part(part);
    const text = part > 0 && state.said === 0 ? summaryBreak + delta : delta;
    state.said += delta.length;
    this.#answer.events.push({ type: "reasoning", choice: 0, text });
  }

  reasoningDone(kind: "summary" | "content", part: number, text: unknown): void {
    if (typeof text !== "string" || (this.#shown ?? kind) !== kind) return;
    this.reasoning(kind, part, text.slice(this.#part(part).said));
  }

  arguments(delta: unknown): void {
    if (typeof delta !== "string" || delta === "" || this.#call < 0) return;
    this.#part(0).said += delta.length;
    this.#answer.events.push({ type: "tool-arguments", choice: 0, call: this.#call, text: delta });
  }

  argumentsDone(text: unknown): void {
    if (typeof text === "string") this.arguments(text.slice(this.#part(0).said));
  }

  /** The whole item: says whatever of it was not said yet. */
  finish(item: Fields): void {
    if (this.done) return;
    this.done = true;
    switch (item["type"]) {
      case "message":
        for (const [index, part] of listOf(item["content"]).entries()) this.#finishPart(recordOf(part) ?? {}, index);
        return;
      case "reasoning":
        this.#finishReasoning(item);
        return;
      case "function_call":
        this.#openCall(item);
        this.argumentsDone(item["arguments"]);
        return;
      case "custom_tool_call":
        this.#openCall(item);
        this.argumentsDone(item["input"]);
        return;
      default:
        this.#finishTyped(item);
    }
  }

  #finishPart(part: Fields, index: number): void {
    if (part["type"] === "refusal") {
      this.refusalDone(index, part["refusal"]);
      return;
    }
    this.textDone(index, part["text"], part["logprobs"]);
    const annotations = listOf(part["annotations"]);
    if (annotations.length === 0) return;
    for (const annotation of annotations.slice(this.#part(index).annotations)) this.annotation(index, annotation);
  }

  #finishReasoning(item: Fields): void {
    for (const kind of ["summary", "content"] as const) {
      for (const [index, part] of listOf(item[kind]).entries()) {
        this.reasoningDone(kind, index, recordOf(part)?.["text"]);
      }
    }
    const data = textOf(item["encrypted_content"]);
    if (data === undefined) return;
    this.#answer.events.push({ type: "reasoning-token", choice: 0, token: { kind: "encrypted", data } });
  }

  #finishTyped(item: Fields): void {
    const call = typedCallOf(item);
    if (call === undefined) {
      this.#sayOpaque(item);
      return;
    }
    this.#openCall({ ...item, name: call.name });
    this.arguments(call.argumentsText);
  }

  #openCall(item: Fields): void {
    if (this.#call >= 0) return;
    this.#call = this.#answer.calls;
    this.#answer.calls += 1;
    const namespace = textOf(item["namespace"]);
    this.#answer.events.push({
      type: "tool-call",
      choice: 0,
      call: this.#call,
      id: textOf(item["call_id"]) ?? madeCallId(this.#answer.requestId, this.#call),
      name: textOf(item["name"]) ?? "",
      ...(item["type"] === "custom_tool_call" ? { form: "custom" as const } : {}),
      ...(namespace === undefined ? {} : { namespace }),
    });
  }

  #sayOpaque(item: Fields): void {
    if (this.#opaque) return;
    this.#opaque = true;
    this.#answer.events.push({ type: "opaque", what: textOf(item["type"]) ?? "item" });
  }

  #part(index: number): PartState {
    const known = this.#parts[index];
    if (known !== undefined) return known;
    const part = { said: 0, annotations: 0, base: this.#answer.textLength, points: new CodePoints() };
    this.#parts[index] = part;
    return part;
  }
}
