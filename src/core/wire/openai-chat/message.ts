import type { Message, Part, Role, ToolCall } from "#core/chat/request.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/** The conversation: a list that is not empty, of objects with a `role`. Throws `invalid_request` with the path. */
export function decodeMessages(value: unknown): readonly Message[] {
  if (!Array.isArray(value) || value.length === 0) throw refuseField("messages", "must be a non-empty list");
  return value.map((message: unknown, index) => decodeMessage(recordOf(message), `messages[${index}]`));
}

function decodeMessage(message: Readonly<Record<string, unknown>> | undefined, path: string): Message {
  if (message === undefined) throw refuseField(path, "must be an object");
  if (typeof message["role"] !== "string") throw refuseField(`${path}.role`, "must be a string");
  const toolCalls = listOf(message["tool_calls"]).map(decodeToolCall);
  const toolCallId = textOf(message["tool_call_id"]);
  return {
    role: roleOf(message["role"]),
    parts: decodeContent(message["content"], `${path}.content`),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
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

function decodeContent(content: unknown, path: string): readonly Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw refuseField(path, "must be a string or a list of parts");
  return content.map((part: unknown, index) => decodePart(recordOf(part), `${path}[${index}]`));
}

function decodePart(part: Readonly<Record<string, unknown>> | undefined, path: string): Part {
  if (part === undefined) throw refuseField(path, "must be an object");
  switch (part["type"]) {
    case "text":
      if (typeof part["text"] !== "string") throw refuseField(`${path}.text`, "must be a string");
      return { type: "text", text: part["text"] };
    case "refusal":
      return { type: "refusal", text: textOf(part["refusal"]) ?? "" };
    case "image_url": {
      const url = textOf(recordOf(part["image_url"])?.["url"]);
      return { type: "media", kind: "image", ...(url === undefined ? {} : { url }) };
    }
    case "input_audio":
      return { type: "media", kind: "audio" };
    default:
      return { type: "media", kind: "file" };
  }
}

function decodeToolCall(value: unknown): ToolCall {
  const call = recordOf(value) ?? {};
  const called = recordOf(call["function"]) ?? recordOf(call["custom"]) ?? {};
  return {
    id: textOf(call["id"]) ?? "",
    name: textOf(called["name"]) ?? "",
    argumentsText: textOf(called["arguments"]) ?? textOf(called["input"]) ?? "",
  };
}
