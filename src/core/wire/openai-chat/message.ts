import type { Message, Part, Role, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { decodeContent } from "#core/wire/openai-chat/content.ts";
import { OpenCalls } from "#core/wire/openai-chat/open-calls.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The conversation: a list that is not empty, of objects with a `role`. Throws `invalid_request` with the path. */
export function decodeMessages(value: unknown, asked: AskedFeatures): readonly Message[] {
  if (!Array.isArray(value) || value.length === 0) throw refuseField("messages", "must be a non-empty list");
  const history = new History(asked);
  return value.map((message: unknown, index) => history.decode(recordOf(message), `messages[${index}]`));
}

/** Reads messages one after the other, so that old ones without ids find the calls that they belong to. */
class History {
  readonly #asked: AskedFeatures;
  readonly #open = new OpenCalls();
  #conversing = false;
  #madeIds = 0;

  constructor(asked: AskedFeatures) {
    this.#asked = asked;
  }

  decode(message: Fields | undefined, path: string): Message {
    if (message === undefined) throw refuseField(path, "must be an object");
    if (typeof message["role"] !== "string") throw refuseField(`${path}.role`, "must be a string");
    const role = roleOf(message["role"]);
    const system = role === "system" || role === "developer";
    if (system && this.#conversing) this.#asked.add("mid_conversation_system", path);
    this.#conversing ||= !system;
    const content = decodeContent(message["content"], `${path}.content`, this.#asked);
    if (role === "tool") return { role, parts: [this.#result(message, content, path)] };
    const name = textOf(message["name"]);
    if (name !== undefined) this.#asked.add("participant_name", `${path}.name`);
    const parts = role === "assistant" ? this.#assistant(message, content, path) : content;
    return { role, parts, ...(name === undefined ? {} : { name }) };
  }

  #assistant(message: Fields, content: readonly Part[], path: string): readonly Part[] {
    const parts: Part[] = [];
    const field = textOf(message["reasoning_content"]) === undefined ? "reasoning" : "reasoning_content";
    const reasoning = textOf(message[field]);
    if (reasoning !== undefined) {
      this.#asked.add("reasoning_history", `${path}.${field}`);
      parts.push({ type: "reasoning", text: reasoning });
    }
    parts.push(...content);
    const refusal = textOf(message["refusal"]);
    if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
    if (recordOf(message["audio"]) !== undefined) {
      parts.push({ type: "foreign", path: `${path}.audio`, required: false });
    }
    const calls = listOf(message["tool_calls"])
      .map(recordOf)
      .filter((call) => call !== undefined);
    const old = recordOf(message["function_call"]);
    const said: readonly Fields[] = calls.length > 0 || old === undefined ? calls : [{ function: old }];
    for (const call of said) parts.push(this.#call(call));
    return parts;
  }

  #call(call: Fields): ToolCallPart {
    const custom = recordOf(call["custom"]);
    const called = custom ?? recordOf(call["function"]) ?? {};
    const text = called["arguments"] ?? called["input"];
    const part: ToolCallPart = {
      type: "tool-call",
      id: textOf(call["id"]) ?? this.#makeId(),
      name: textOf(called["name"]) ?? "",
      form: custom === undefined ? "function" : "custom",
      argumentsText: recordOf(text) === undefined ? (textOf(text) ?? "") : JSON.stringify(text),
    };
    this.#open.add(part);
    return part;
  }

  /** One that names no call answers the first open one of its name, else the first open one. */
  #result(message: Fields, content: readonly Part[], path: string): ToolResultPart {
    const name = textOf(message["name"]) ?? textOf(message["tool_name"]);
    const id = textOf(message["tool_call_id"]);
    const call = id === undefined ? this.#open.takeByName(name) : this.#open.takeById(id);
    const parts = content.filter((part) => part.type === "text" || part.type === "media");
    for (const part of content) if (part.type === "foreign") this.#asked.unknownFields.push(part.path);
    if (parts.some((part) => part.type === "media")) this.#asked.add("tool_result_media", `${path}.content`);
    return {
      type: "tool-result",
      callId: id ?? call?.id ?? this.#makeId(),
      ...(name === undefined ? {} : { name }),
      parts,
    };
  }

  #makeId(): string {
    this.#madeIds += 1;
    return `call_${this.#madeIds}`;
  }
}

function roleOf(role: string): Role {
  switch (role) {
    case "system":
    case "developer":
    case "assistant":
    case "tool":
      return role;
    case "function":
      return "tool";
    default:
      // A vendor's own role reaches that vendor in the bytes; here it counts as input.
      return "user";
  }
}
