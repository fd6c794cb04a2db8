import type { TokenLogprob } from "#core/chat/event.ts";
import type { Citation } from "#core/chat/request.ts";
import { CodePoints } from "#core/wire/code-points.ts";
import { encodeAnnotation } from "#core/wire/openai-responses/annotation.ts";
import { encodeLogprobs } from "#core/wire/openai-responses/token-logprobs.ts";
import {
  type Emit,
  type ItemStatus,
  itemAdded,
  itemDone,
  type OutputItem,
} from "#core/wire/openai-responses/output-item.ts";

/** A part of the message that is being written; `base` is where it begins in the text of the answer. */
interface OpenPart {
  readonly type: "output_text" | "refusal";
  /** What every event of the part says first. */
  readonly place: string;
  readonly base: number;
  text: string;
  readonly points: CodePoints;
  readonly annotations: unknown[];
  readonly logprobs: unknown[];
}

/** Writes a message of the answer: text and refusals, each a part of it. */
export class MessageItem {
  readonly #emit: Emit;
  readonly #index: number;
  readonly #id: string;
  readonly #content: unknown[] = [];
  #part: OpenPart | undefined;

  constructor(emit: Emit, index: number, id: string) {
    this.#emit = emit;
    this.#index = index;
    this.#id = id;
    itemAdded(emit, index, { id, type: "message", status: "in_progress", role: "assistant", content: [] });
  }

  /** `base` is the length of the answer's text before this. */
  text(text: string, tokens: readonly TokenLogprob[], base: number): void {
    const part = this.#open("output_text", base);
    part.text += text;
    part.points.add(text);
    const logprobs = encodeLogprobs(tokens);
    part.logprobs.push(...logprobs);
    const said = `${part.place},"delta":${JSON.stringify(text)},"logprobs":`;
    this.#emit("response.output_text.delta", said + (tokens.length === 0 ? "[]" : JSON.stringify(logprobs)));
  }

  refusal(text: string, base: number): void {
    const part = this.#open("refusal", base);
    part.text += text;
    this.#emit("response.refusal.delta", `${part.place},"delta":${JSON.stringify(text)}`);
  }

  /** A source for the text before it; one that comes when the text is over has no place any more. */
  citation(citation: Citation): void {
    const part = this.#part;
    if (part?.type !== "output_text") return;
    const annotation = encodeAnnotation(citation, part.points, part.base);
    if (annotation === undefined) return;
    const index = part.annotations.push(annotation) - 1;
    const said = `"annotation_index":${index},"annotation":${JSON.stringify(annotation)}`;
    this.#emit("response.output_text.annotation.added", `${part.place},${said}`);
  }

  close(status: ItemStatus): OutputItem {
    this.#closePart();
    const item = { id: this.#id, type: "message", status, role: "assistant", content: this.#content };
    return itemDone(this.#emit, this.#index, item);
  }

  #open(type: OpenPart["type"], base: number): OpenPart {
    if (this.#part?.type === type) return this.#part;
    this.#closePart();
    const place = `"item_id":${JSON.stringify(this.#id)},"output_index":${this.#index},"content_index":${this.#content.length}`;
    const part: OpenPart = { type, place, base, text: "", points: new CodePoints(), annotations: [], logprobs: [] };
    this.#part = part;
    this.#emit("response.content_part.added", `${place},"part":${JSON.stringify(encodePart(part))}`);
    return part;
  }

  #closePart(): void {
    const part = this.#part;
    if (part === undefined) return;
    const encoded = encodePart(part);
    const text = JSON.stringify(part.text);
    if (part.type === "refusal") this.#emit("response.refusal.done", `${part.place},"refusal":${text}`);
    else {
      const logprobs = JSON.stringify(part.logprobs);
      this.#emit("response.output_text.done", `${part.place},"text":${text},"logprobs":${logprobs}`);
    }
    this.#emit("response.content_part.done", `${part.place},"part":${JSON.stringify(encoded)}`);
    this.#content.push(encoded);
    this.#part = undefined;
  }
}

function encodePart({ type, text, annotations, logprobs }: OpenPart): unknown {
  return type === "refusal" ? { type, refusal: text } : { type, annotations, logprobs, text };
}
