import type { OpaqueToken } from "#core/chat/request.ts";
import { type Emit, itemAdded, itemDone, type OutputItem } from "#core/wire/openai-responses/output-item.ts";

/** Writes an item of reasoning: thoughts as its summary, and what their maker wants back as its encrypted content. */
export class ThoughtItem {
  readonly #emit: Emit;
  readonly #index: number;
  readonly #id: string;
  readonly #place: string;
  #text = "";

  constructor(emit: Emit, index: number, id: string) {
    this.#emit = emit;
    this.#index = index;
    this.#id = id;
    this.#place = `"item_id":${JSON.stringify(id)},"output_index":${index},"summary_index":0`;
    itemAdded(emit, index, { id, type: "reasoning", summary: [] });
  }

  text(text: string): void {
    if (this.#text === "") this.#emit("response.reasoning_summary_part.added", `${this.#place},"part":${partOf("")}`);
    this.#text += text;
    this.#emit("response.reasoning_summary_text.delta", `${this.#place},"delta":${JSON.stringify(text)}`);
  }

  close(token: OpaqueToken | undefined): OutputItem {
    const text = this.#text;
    if (text !== "") {
      this.#emit("response.reasoning_summary_text.done", `${this.#place},"text":${JSON.stringify(text)}`);
      this.#emit("response.reasoning_summary_part.done", `${this.#place},"part":${partOf(text)}`);
    }
    return itemDone(this.#emit, this.#index, {
      id: this.#id,
      type: "reasoning",
      summary: text === "" ? [] : [{ type: "summary_text", text }],
      ...(token === undefined ? {} : { encrypted_content: token.data }),
    });
  }
}

function partOf(text: string): string {
  return JSON.stringify({ type: "summary_text", text });
}
