import type { MediaPart, Part } from "#core/chat/request.ts";
import { dataUrlOf } from "#core/wire/data-url.ts";
import { fileNameOf } from "#core/wire/file-name.ts";
import type { MarkWriter } from "#core/wire/openai-chat/breakpoint-writer.ts";
import { refuseValue } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Text, pictures and documents as parts of input; other kinds have no place there. Throws `unsupported_value` naming where the
 * caller wrote a sound or a film.
 */
export function encodeInputParts(parts: readonly Part[], mark: MarkWriter): Fields[] {
  return parts.flatMap((part): Fields[] => {
    switch (part.type) {
      case "text":
        return [{ type: "input_text", text: part.text, ...mark(part.cache) }];
      case "refusal":
        return [{ type: "input_text", text: part.text }];
      case "media":
        return [{ ...encodeMedia(part), ...mark(part.cache) }];
      default:
        return [];
    }
  });
}

function encodeMedia(part: MediaPart): Fields {
  switch (part.kind) {
    case "image":
      return { type: "input_image", ...imageSource(part), detail: part.detail ?? "auto" };
    case "file":
      return { type: "input_file", ...fileSource(part) };
    case "audio":
    case "video":
      throw refuseValue(part.path, `is ${part.kind}, which this provider does not take`);
  }
}

function imageSource({ source }: MediaPart): Fields {
  switch (source.type) {
    case "data":
      return { image_url: dataUrlOf(source) };
    case "url":
      return { image_url: source.url };
    case "file":
      return { file_id: source.id };
  }
}

function fileSource({ source, filename }: MediaPart): Fields {
  switch (source.type) {
    case "data":
      return { filename: fileNameOf(filename, source.mimeType), file_data: dataUrlOf(source) };
    case "url":
      return { file_url: source.url };
    case "file":
      return { file_id: source.id };
  }
}
