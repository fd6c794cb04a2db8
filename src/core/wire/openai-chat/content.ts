import type { MediaPart, Part } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { mediaSourceOf, standardBase64 } from "#core/wire/data-url.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { cacheOf } from "#core/wire/openai-chat/cache-breakpoint.ts";
import { detailOf, soundOf } from "#core/wire/openai-chat/input-media.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A message's content as parts: a text, a list of parts, or nothing. Throws `invalid_request` with the path. */
export function decodeContent(content: unknown, path: string, asked: AskedFeatures): readonly Part[] {
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw refuseField(path, "must be a string or a list of parts");
  return content.map((part: unknown, index) => decodePart(recordOf(part), `${path}[${index}]`, asked));
}

function decodePart(part: Fields | undefined, path: string, asked: AskedFeatures): Part {
  if (part === undefined) throw refuseField(path, "must be an object");
  const marked = cacheOf(part, path, asked);
  switch (part["type"]) {
    case "text":
    case "input_text":
    case "output_text":
      if (typeof part["text"] !== "string") throw refuseField(`${path}.text`, "must be a string");
      return { type: "text", text: part["text"], ...marked };
    case "refusal":
      return { type: "refusal", text: textOf(part["refusal"]) ?? "" };
    case "thinking":
      asked.add("reasoning_history", path);
      return { type: "reasoning", text: thinkingText(part["thinking"]) };
    case "image_url":
    case "video_url":
    case "input_audio":
    case "file": {
      const media = decodeMedia(part["type"], part, path, asked);
      return media === undefined ? foreign(part["type"], path) : { ...media, ...marked };
    }
    default:
      return foreign(String(part["type"]), path);
  }
}

/** Content is not left out in silence: what cannot be said to another provider refuses the call. */
function foreign(type: string, path: string): Part {
  return { type: "foreign", path: `${path} (${type})`, required: true };
}

function decodeMedia(
  type: "image_url" | "video_url" | "input_audio" | "file",
  part: Fields,
  path: string,
  asked: AskedFeatures,
): MediaPart | undefined {
  switch (type) {
    case "image_url":
    case "video_url": {
      const image = type === "image_url";
      const url = textOf(recordOf(part[type])?.["url"]) ?? textOf(part[type]);
      if (url === undefined) return undefined;
      const source = mediaSourceOf(url);
      const detail = image ? detailOf(recordOf(part[type])?.["detail"] ?? part["detail"], path, asked) : {};
      asked.add(image ? (source.type === "url" ? "image_url" : "image_data") : "video_input", path);
      const kind = image ? "image" : "video";
      return { type: "media", kind, source, ...detail, path };
    }
    case "input_audio":
      return soundOf(recordOf(part["input_audio"]) ?? {}, path, asked);
    case "file":
      return decodeFile(recordOf(part["file"]) ?? {}, path, asked);
  }
}

function decodeFile(file: Fields, path: string, asked: AskedFeatures): MediaPart | undefined {
  const filename = textOf(file["filename"]);
  const named = filename === undefined ? {} : { filename };
  const id = textOf(file["file_id"]);
  if (id !== undefined) {
    asked.add("file_id", `${path}.file.file_id`);
    return { type: "media", kind: "file", source: { type: "file", id }, ...named, path };
  }
  const data = textOf(file["file_data"]);
  if (data === undefined) return undefined;
  const bare = !/^(?:data|https?):/i.test(data);
  const source = bare
    ? ({ type: "data", mimeType: "application/pdf", base64: standardBase64(data) } as const)
    : mediaSourceOf(data);
  asked.add(source.type === "url" ? "file_url" : "file_data", path);
  return { type: "media", kind: "file", source, ...named, path };
}

/** Thoughts as Mistral's servers write them into the content. */
function thinkingText(value: unknown): string {
  if (typeof value === "string") return value;
  return listOf(value)
    .map((entry) => textOf(recordOf(entry)?.["text"]) ?? "")
    .join("");
}
