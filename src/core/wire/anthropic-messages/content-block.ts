import type { ForeignPart, MediaPart, Part, TextPart, ToolResultPart } from "#core/chat/request.ts";
import { cacheOf } from "#core/wire/anthropic-messages/cache-control.ts";
import { decodeDocument, decodeImage, decodeSearchResult } from "#core/wire/anthropic-messages/document.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The content of a message: a text, or a list of blocks. Empty texts mean nothing and are left out. Blocks that only
 * Anthropic can run or read are foreign; without a `container_upload` or a compaction nobody could answer, so they are required.
 */
export function decodeContent(content: unknown, path: string, asked: AskedFeatures): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw refuseField(path, "must be a string or a list of blocks");
  return content.flatMap((block: unknown, index) => {
    const at = `${path}[${index}]`;
    const fields = recordOf(block);
    if (fields === undefined) throw refuseField(at, "must be an object");
    return decodeBlock(fields, at, asked);
  });
}

function decodeBlock(block: Fields, path: string, asked: AskedFeatures): Part[] {
  switch (block["type"]) {
    case "text":
      return decodeText(block, path, asked);
    case "image":
      return [decodeImage(block, path, asked)];
    case "document":
      return decodeDocument(block, path, asked);
    case "search_result":
      return [decodeSearchResult(block, path, asked)];
    case "thinking":
    case "redacted_thinking":
      return decodeThinking(block, path, asked);
    case "tool_use":
      return [decodeToolUse(block, path, asked)];
    case "tool_result":
      return [decodeToolResult(block, path, asked)];
    case "tool_addition":
    case "tool_removal":
      return decodeToolChange(block);
    case "compaction": {
      const text = textOf(block["content"]);
      return text === undefined ? [foreign(block, path, true)] : [{ type: "text", text }];
    }
    default:
      return [foreign(block, path, block["type"] === "container_upload")];
  }
}

function foreign(block: Fields, path: string, required: boolean): ForeignPart {
  return { type: "foreign", path: `${path} (${textOf(block["type"]) ?? "?"})`, required };
}

function decodeText(block: Fields, path: string, asked: AskedFeatures): TextPart[] {
  const text = block["text"];
  if (typeof text !== "string") throw refuseField(`${path}.text`, "must be a string");
  if (listOf(block["citations"]).length > 0) asked.add("citations", `${path}.citations`);
  const cache = cacheOf(block, path, asked);
  return text === "" ? [] : [{ type: "text", text, ...cache }];
}

/** Thinking that is signed is kept even if its text was never shown. */
function decodeThinking(block: Fields, path: string, asked: AskedFeatures): Part[] {
  const redacted = block["type"] === "redacted_thinking";
  const text = redacted ? "" : (textOf(block["thinking"]) ?? "");
  const data = textOf(block[redacted ? "data" : "signature"]);
  if (text === "" && data === undefined) return [];
  asked.add("reasoning_history", path);
  if (data === undefined) return [{ type: "reasoning", text }];
  return [{ type: "reasoning", text, token: { kind: redacted ? "redacted" : "signature", data } }];
}

function decodeToolUse(block: Fields, path: string, asked: AskedFeatures): Part {
  return {
    type: "tool-call",
    id: textOf(block["id"]) ?? "",
    name: textOf(block["name"]) ?? "",
    form: "function",
    argumentsText: JSON.stringify(block["input"] ?? {}),
    ...cacheOf(block, path, asked),
  };
}

function decodeToolResult(block: Fields, path: string, asked: AskedFeatures): ToolResultPart {
  const parts = decodeResultContent(block["content"], `${path}.content`, asked);
  const isError = block["is_error"] === true;
  if (isError) asked.add("tool_result_error", `${path}.is_error`);
  return {
    type: "tool-result",
    callId: textOf(block["tool_use_id"]) ?? "",
    parts,
    ...(isError ? { isError } : {}),
    ...cacheOf(block, path, asked),
  };
}

function decodeResultContent(content: unknown, path: string, asked: AskedFeatures): (TextPart | MediaPart)[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return listOf(content).flatMap((entry, index): (TextPart | MediaPart)[] => {
    const at = `${path}[${index}]`;
    const block = recordOf(entry) ?? {};
    switch (block["type"]) {
      case "text":
        return decodeText(block, at, asked);
      case "image":
        asked.add("tool_result_media", at);
        return [decodeImage(block, at, asked)];
      case "document": {
        const parts = decodeDocument(block, at, asked);
        if (parts.some((part) => part.type === "media")) asked.add("tool_result_media", at);
        return parts;
      }
      case "search_result":
        return [decodeSearchResult(block, at, asked)];
      case "tool_reference":
        return [{ type: "text", text: toolLoaded(textOf(block["tool_name"]) ?? ""), ...cacheOf(block, at, asked) }];
      default:
        // What a tool saw is the conversation's, whatever its form.
        return [{ type: "text", text: JSON.stringify(entry) }];
    }
  });
}

/** How a tool that was declared but not shown is named to the model. */
export function toolLoaded(name: string): string {
  return `Loaded tool ${name}`;
}

function decodeToolChange(block: Fields): Part[] {
  const tool = recordOf(block["tool"]);
  const name =
    textOf(tool?.["name"]) ?? textOf(tool?.["tool_name"]) ?? textOf(recordOf(tool?.["definition"])?.["name"]);
  if (name === undefined) return [];
  return [{ type: "text", text: block["type"] === "tool_addition" ? toolLoaded(name) : `Tool ${name} is gone` }];
}
