import type { MediaPart } from "#core/chat/request.ts";
import { documentText } from "#core/wire/document-text.ts";
import { refuseValue } from "#core/wire/request-fields.ts";

type Block = Readonly<Record<string, unknown>>;

/**
 * A picture or document as a block. Throws
 * `unsupported_value` for what it takes in no form: sounds, films, other kinds of picture or file, ids of other providers.
 */
export function encodeMedia(part: MediaPart): Block {
  switch (part.kind) {
    case "image":
      return { type: "image", source: imageSource(part) };
    case "file":
      return encodeFile(part);
    case "audio":
    case "video":
      throw refuseValue(part.path, `cannot be sent: Anthropic's models take no ${part.kind}`);
  }
}

function imageSource(part: MediaPart): Block {
  const { source } = part;
  switch (source.type) {
    case "url":
      return { type: "url", url: source.url };
    case "file":
      throw refuseValue(part.path, `cannot be sent: the file '${source.id}' is not known to this provider`);
    case "data": {
      if (!imageTypes.has(source.mimeType))
        throw refuseValue(part.path, "cannot be sent: Anthropic's models take PNG, JPEG, GIF and WebP pictures only");
      return { type: "base64", media_type: source.mimeType, data: source.base64 };
    }
  }
}

function encodeFile(part: MediaPart): Block {
  const { source, filename } = part;
  const title = filename === undefined ? {} : { title: filename };
  switch (source.type) {
    case "url":
      return { type: "document", source: { type: "url", url: source.url }, ...title };
    case "file":
      throw refuseValue(part.path, `cannot be sent: the file '${source.id}' is not known to this provider`);
    case "data": {
      const type = source.mimeType;
      const bytes = { type: "base64", media_type: type, data: source.base64 };
      if (type === "application/pdf") return { type: "document", source: bytes, ...title };
      if (imageTypes.has(type)) return { type: "image", source: bytes };
      const text = documentText(source.mimeType, source.base64);
      if (text === undefined || text.trim() === "") {
        throw refuseValue(part.path, "cannot be sent: Anthropic's models take PDF and text files only");
      }
      return { type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title };
    }
  }
}

const imageTypes: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
