import type { Part, ToolCallPart } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { encodeReasoning } from "#core/wire/openai-responses/reasoning-item.ts";
import { encodeTypedCall } from "#core/wire/openai-responses/typed-tool.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Writes what the model said and did in a turn, in its true order: thinking stays right before what it led to. */
export class TurnEncoder {
  readonly #target: EncodeTarget;
  /** The types of the typed tools that the caller declared, by name. */
  readonly #typed: ReadonlyMap<string, string>;
  readonly #items: Fields[];
  #said: Fields[] = [];

  constructor(target: EncodeTarget, typed: ReadonlyMap<string, string>, items: Fields[]) {
    this.#target = target;
    this.#typed = typed;
    this.#items = items;
  }

  add(parts: readonly Part[]): void {
    for (const part of parts) this.#addPart(part);
    this.#endMessage();
  }

  #addPart(part: Part): void {
    switch (part.type) {
      case "text":
        if (part.text !== "") this.#said.push({ type: "output_text", text: part.text });
        return;
      case "refusal":
        this.#said.push({ type: "refusal", refusal: part.text });
        return;
      case "reasoning": {
        const item = encodeReasoning(part);
        if (item !== undefined) this.#addItem(item);
        return;
      }
      case "tool-call":
        this.#addItem(this.#encodeCall(part));
        return;
      case "media":
        // What a model drew or said aloud has no place in a turn of its own.
        this.#target.note(part.path);
        return;
      case "tool-result":
      case "foreign":
        return;
    }
  }

  #encodeCall({ id, name, namespace, form, argumentsText }: ToolCallPart): Fields {
    const typed = this.#typed.get(name);
    const own = typed === undefined ? undefined : encodeTypedCall(typed, id, argumentsText);
    if (own !== undefined) return { ...own, status: "completed" };
    const called = { call_id: id, name, ...(namespace === undefined ? {} : { namespace }) };
    return form === "custom"
      ? { type: "custom_tool_call", ...called, input: argumentsText }
      : { type: "function_call", ...called, arguments: argumentsText === "" ? "{}" : argumentsText };
  }

  #addItem(item: Fields): void {
    this.#endMessage();
    this.#items.push(item);
  }

  #endMessage(): void {
    if (this.#said.length > 0) this.#items.push({ type: "message", role: "assistant", content: this.#said });
    this.#said = [];
  }
}
