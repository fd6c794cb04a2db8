import type { Message, Part, Role, TextPart, MediaPart, Tool, ToolResultPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { decodeContent } from "#core/wire/openai-responses/content-part.ts";
import { reasoningPartOf } from "#core/wire/openai-responses/reasoning-item.ts";
import { decodeTools } from "#core/wire/openai-responses/tool.ts";
import { typedCallOf, typedOutputOf } from "#core/wire/openai-responses/typed-tool.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What the items of `input` say: the conversation, tools declared on the way, and changed settings. */
export interface DecodedInput {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  /** `reasoning.effort` and `text.format` of the last `configuration_update` that says them. */
  readonly effort?: unknown;
  readonly format?: unknown;
}

/** Reads `instructions` and `input`. Throws `invalid_request` with the path. */
export function decodeInput(instructions: unknown, input: unknown, asked: AskedFeatures): DecodedInput {
  const reader = new InputReader(asked);
  reader.readInstructions(instructions);
  if (typeof input === "string") {
    reader.messages.push({ role: "user", parts: [{ type: "text", text: input }] });
  } else if (Array.isArray(input)) {
    input.forEach((item: unknown, index) => {
      const fields = recordOf(item);
      if (fields === undefined) throw refuseField(`input[${index}]`, "must be an object");
      reader.readItem(fields, `input[${index}]`);
    });
  } else if (input !== undefined && input !== null) {
    throw refuseField("input", "must be a string or a list of items");
  }
  return reader;
}

interface OpenMessage extends Message {
  readonly parts: Part[];
}

class InputReader implements DecodedInput {
  readonly messages: OpenMessage[] = [];
  readonly tools: Tool[] = [];
  effort?: unknown;
  format?: unknown;
  readonly #asked: AskedFeatures;
  /** Whether anybody but the system has said something. */
  #spoken = false;

  constructor(asked: AskedFeatures) {
    this.#asked = asked;
  }

  readInstructions(instructions: unknown): void {
    const parts = decodeContent(instructions, "instructions", this.#asked);
    if (parts.length > 0) this.messages.push({ role: "system", parts });
  }

  readItem(item: Fields, path: string): void {
    switch (item["type"]) {
      case undefined:
      case null:
      case "message":
        this.#readMessage(item, path);
        return;
      case "reasoning":
        this.#readReasoning(item, path);
        return;
      case "function_call":
        this.#readCall(item, "function", item["arguments"]);
        return;
      case "custom_tool_call":
        this.#readCall(item, "custom", item["input"]);
        return;
      case "function_call_output":
      case "custom_tool_call_output":
        this.#readResult(item, decodeContent(item["output"], `${path}.output`, this.#asked));
        return;
      case "additional_tools":
        this.tools.push(...decodeTools(item["tools"], `${path}.tools`, this.#asked));
        return;
      case "tool_search_output":
        this.tools.push(...decodeTools(item["tools"], `${path}.tools`, this.#asked));
        this.#readForeign(item, path);
        return;
      case "configuration_update":
        this.effort = recordOf(item["reasoning"])?.["effort"] ?? this.effort;
        this.format = recordOf(item["text"])?.["format"] ?? this.format;
        return;
      default:
        this.#readTyped(item, path);
    }
  }

  #readMessage(item: Fields, path: string): void {
    const parts = decodeContent(item["content"], `${path}.content`, this.#asked);
    if (textOf(item["phase"]) !== undefined) this.#asked.add("message_phase", `${path}.phase`);
    const role = item["role"];
    if (role === "assistant") {
      this.#last("assistant").push(...parts);
      return;
    }
    if (typeof role !== "string") throw refuseField(`${path}.role`, "must be a string");
    const ours = role === "system" || role === "developer" ? role : "user";
    if (ours === "user") this.#spoken = true;
    else if (this.#spoken) this.#asked.add("mid_conversation_system", path);
    this.messages.push({ role: ours, parts });
  }

  #readReasoning(item: Fields, path: string): void {
    this.#asked.add("reasoning_history", path);
    this.#last("assistant").push(reasoningPartOf(item));
  }

  #readCall(item: Fields, form: "function" | "custom", said: unknown): void {
    const namespace = textOf(item["namespace"]);
    this.#last("assistant").push({
      type: "tool-call",
      id: textOf(item["call_id"]) ?? textOf(item["id"]) ?? "",
      name: textOf(item["name"]) ?? "",
      ...(namespace === undefined ? {} : { namespace }),
      form,
      argumentsText: typeof said === "string" ? said : "",
    });
  }

  #readResult(item: Fields, content: readonly Part[]): void {
    const parts = content.filter((part): part is TextPart | MediaPart => part.type === "text" || part.type === "media");
    for (const part of parts) if (part.type === "media") this.#asked.add("tool_result_media", part.path);
    const name = textOf(item["name"]);
    const result: ToolResultPart = {
      type: "tool-result",
      callId: textOf(item["call_id"]) ?? textOf(item["id"]) ?? "",
      ...(name === undefined ? {} : { name }),
      parts,
      ...(item["status"] === "failed" ? { isError: true } : {}),
    };
    this.#last("tool").push(result);
    for (const part of content) if (part.type === "foreign") this.#addForeign(part);
  }

  #readTyped(item: Fields, path: string): void {
    const call = typedCallOf(item);
    if (call !== undefined) {
      this.#readCall({ ...item, name: call.name }, "function", call.argumentsText);
      return;
    }
    const output = typedOutputOf(item);
    if (output === undefined) this.#readForeign(item, path);
    else this.#readResult(item, [{ type: "text", text: output }]);
  }

  #readForeign(item: Fields, path: string): void {
    const type = textOf(item["type"]) ?? "no type";
    this.#addForeign({ type: "foreign", path: `${path} (${type})`, required: standsForOthers.has(type) });
  }

  /** Beside what was said last: a message of its own would part calls from their results. */
  #addForeign(part: Extract<Part, { type: "foreign" }>): void {
    const beside = this.messages.findLast(({ role }) => role === "user" || role === "assistant");
    if (beside === undefined) this.messages.push({ role: "user", parts: [part] });
    else beside.parts.push(part);
  }

  /** The parts of the message under way, if it is of this role, else of a new one. */
  #last(role: Role): Part[] {
    this.#spoken = true;
    const last = this.messages.at(-1);
    if (last?.role === role) return last.parts;
    const message: OpenMessage = { role, parts: [] };
    this.messages.push(message);
    return message.parts;
  }
}

/** Items in whose place the conversation lacks what only the service knows. */
const standsForOthers: ReadonlySet<string> = new Set(["item_reference", "compaction", "compaction_summary"]);
