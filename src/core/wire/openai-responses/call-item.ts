import { parseObject } from "#core/wire/json-value.ts";
import { itemId } from "#core/wire/openai-responses/item-id.ts";
import {
  type Emit,
  type ItemStatus,
  itemAdded,
  itemDone,
  type OutputItem,
} from "#core/wire/openai-responses/output-item.ts";
import { encodeTypedCall } from "#core/wire/openai-responses/typed-tool.ts";

/** A call as its first event says it. */
export interface CallHead {
  readonly callId: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly custom: boolean;
  /** The caller's own kind of tool that it calls, where that is none of the two. */
  readonly typed: string | undefined;
}

/**
 * Writes a call of a function, of a custom tool or of a typed one. Until `begin` it only gathers: calls whose arguments
 * come interleaved are written one after the other.
 */
export class CallItem {
  readonly #head: CallHead;
  readonly #emit: Emit;
  #index = -1;
  #id = "";
  #place = "";
  #text = "";
  #closed = false;

  constructor(emit: Emit, head: CallHead) {
    this.#emit = emit;
    this.#head = head;
  }

  /** Whether nothing more can follow: the arguments are one whole JSON object. */
  get whole(): boolean {
    return !this.#head.custom && this.#text.endsWith("}") && parseObject(this.#text) !== undefined;
  }

  begin(index: number, base: string): void {
    this.#index = index;
    this.#id = itemId(this.#head.custom ? "ctc" : "fc", base, index);
    this.#place = `"item_id":${JSON.stringify(this.#id)},"output_index":${index}`;
    // A typed call is known only by its whole action.
    if (this.#head.typed !== undefined) return;
    itemAdded(this.#emit, index, this.#item("in_progress", ""));
    if (this.#text !== "") this.#delta(this.#text);
  }

  arguments(text: string): void {
    // They were whole, the item has ended: nothing that follows can be said, nor belong to them.
    if (this.#closed) return;
    this.#text += text;
    if (this.#index >= 0 && this.#head.typed === undefined && text !== "") this.#delta(text);
  }

  close(status: ItemStatus): OutputItem {
    const item = this.#closing(status);
    this.#closed = true;
    return item;
  }

  #closing(status: ItemStatus): OutputItem {
    const typed = this.#head.typed;
    const fields = typed === undefined ? undefined : encodeTypedCall(typed, this.#head.callId, this.#text);
    if (fields !== undefined) {
      itemAdded(this.#emit, this.#index, { id: this.#id, ...fields, status: "in_progress" });
      return itemDone(this.#emit, this.#index, { id: this.#id, ...fields, status });
    }
    // Some servers leave the arguments of a call without any empty; callers parse them.
    if (this.#text === "" && !this.#head.custom && status === "completed") this.arguments("{}");
    if (typed !== undefined) {
      itemAdded(this.#emit, this.#index, this.#item("in_progress", ""));
      this.#delta(this.#text);
    }
    const text = JSON.stringify(this.#text);
    if (this.#head.custom) this.#emit("response.custom_tool_call_input.done", `${this.#place},"input":${text}`);
    else {
      const name = JSON.stringify(this.#head.name);
      this.#emit("response.function_call_arguments.done", `${this.#place},"name":${name},"arguments":${text}`);
    }
    return itemDone(this.#emit, this.#index, this.#item(status, this.#text));
  }

  #delta(text: string): void {
    const kind = this.#head.custom ? "custom_tool_call_input" : "function_call_arguments";
    this.#emit(`response.${kind}.delta`, `${this.#place},"delta":${JSON.stringify(text)}`);
  }

  #item(status: ItemStatus | "in_progress", text: string): OutputItem {
    const { callId, name, namespace, custom } = this.#head;
    return {
      id: this.#id,
      type: custom ? "custom_tool_call" : "function_call",
      status,
      call_id: callId,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      [custom ? "input" : "arguments"]: text,
    };
  }
}
