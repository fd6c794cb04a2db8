import type { MediaSource, Part, TextPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { mediaSourceOf, standardBase64 } from "#core/wire/data-url.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { cacheOf } from "#core/wire/openai-chat/cache-breakpoint.ts";
import { detailOf, soundOf } from "#core/wire/openai-chat/input-media.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The content of a message or of a tool's result: a text, or a list of parts. Throws `invalid_request` with the path. */
export function decodeContent(content: unknown, path: string, asked: AskedFeatures): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw refuseField(path, "must be a string or a list of parts");
  return content.map((part: unknown, index) => decodePart(part, `${path}[${index}]`, asked));
}

function decodePart(value: unknown, path: string, asked: AskedFeatures): Part {
  const part = recordOf(value);
  if (part === undefined) throw refuseField(path, "must be an object");
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "text":
      return textPart(part, path, asked);
    case "refusal":
      return { type: "refusal", text: textOf(part["refusal"]) ?? "" };
    case "input_image":
      return imagePart(part, path, asked);
    case "input_file":
      return filePart(part, path, asked);
    case "input_audio":
      return soundOf(recordOf(part["input_audio"]) ?? part, path, asked) ?? foreignPart(part, path);
    default:
      return foreignPart(part, path);
  }
}

function textPart(part: Fields, path: string, asked: AskedFeatures): TextPart {
  if (typeof part["text"] !== "string") throw refuseField(`${path}.text`, "must be a string");
  if (listOf(part["annotations"]).length > 0) asked.add("citations", `${path}.annotations`);
  return { type: "text", text: part["text"], ...cacheOf(part, path, asked) };
}

function imagePart(part: Fields, path: string, asked: AskedFeatures): Part {
  const url = textOf(part["image_url"]);
  const source = url === undefined ? fileSource(part) : mediaSourceOf(url);
  if (source === undefined) return foreignPart(part, path);
  if (source.type === "file") asked.add("file_id", `${path}.file_id`);
  else asked.add(source.type === "data" ? "image_data" : "image_url", `${path}.image_url`);
  return {
    type: "media",
    kind: "image",
    source,
    ...detailOf(part["detail"], path, asked),
    path,
    ...cacheOf(part, path, asked),
  };
}

function filePart(part: Fields, path: string, asked: AskedFeatures): Part {
  const data = textOf(part["file_data"]);
  const url = textOf(part["file_url"]);
  const filename = textOf(part["filename"]);
  const source =
    data === undefined ? (url === undefined ? fileSource(part) : ({ type: "url", url } as const)) : fileDataOf(data);
  if (source === undefined) return foreignPart(part, path);
  if (source.type === "data") asked.add("file_data", `${path}.file_data`);
  else if (source.type === "url") asked.add("file_url", `${path}.file_url`);
  else asked.add("file_id", `${path}.file_id`);
  return {
    type: "media",
    kind: "file",
    source,
    ...(filename === undefined ? {} : { filename }),
    ...detailOf(part["detail"], path, asked),
    path,
    ...cacheOf(part, path, asked),
  };
}

/** Files come as a `data:` URL, from some clients as bare base64. */
function fileDataOf(data: string): MediaSource {
  const source = mediaSourceOf(data);
  if (source.type === "data") return source;
  return { type: "data", mimeType: "application/pdf", base64: standardBase64(data) };
}

function fileSource(part: Fields): MediaSource | undefined {
  const id = textOf(part["file_id"]);
  return id === undefined ? undefined : { type: "file", id };
}

/** Content is not left out in silence: what cannot be said to another provider refuses the call. */
function foreignPart(part: Fields, path: string): Part {
  return { type: "foreign", path: `${path} (${textOf(part["type"]) ?? "no type"})`, required: true };
}
