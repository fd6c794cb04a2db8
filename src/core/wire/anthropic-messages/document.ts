import type { Feature } from "#core/chat/feature.ts";
import type { MediaPart, MediaSource, TextPart } from "#core/chat/request.ts";
import { cacheOf } from "#core/wire/anthropic-messages/cache-control.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { standardBase64 } from "#core/wire/data-url.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An `image` block. */
export function decodeImage(block: Fields, path: string, asked: AskedFeatures): MediaPart {
  const source = sourceOf(block, path, "image/png");
  asked.add(imageFeature(source), path);
  return { type: "media", kind: "image", source, ...cacheOf(block, path, asked), path };
}

/** A `document` block: a file, or, where its source is text or blocks, those with a line in front that names them. */
export function decodeDocument(block: Fields, path: string, asked: AskedFeatures): (TextPart | MediaPart)[] {
  const title = textOf(block["title"]);
  if (textOf(block["context"]) !== undefined) asked.add("document_context", `${path}.context`);
  askForCitations(block, path, asked);
  const cache = cacheOf(block, path, asked);
  const source = recordOf(block["source"]);
  switch (source?.["type"]) {
    case "text":
      return [{ type: "text", text: headed("Document", title, textOf(source["data"]) ?? ""), ...cache }];
    case "content": {
      const parts = decodeInnerBlocks(source["content"], `${path}.source.content`, asked);
      const heading: TextPart = { type: "text", text: headed("Document", title, "") };
      return [heading, ...parts.slice(0, -1), ...parts.slice(-1).map((part) => ({ ...part, ...cache }))];
    }
    default: {
      const media = sourceOf(block, path, "application/pdf");
      asked.add(fileFeature(media), path);
      const filename = title === undefined ? {} : { filename: title };
      return [{ type: "media", kind: "file", source: media, ...filename, ...cache, path }];
    }
  }
}

/** A `search_result` block as text that says where it is from. */
export function decodeSearchResult(block: Fields, path: string, asked: AskedFeatures): TextPart {
  const texts = listOf(block["content"]).map((entry) => textOf(recordOf(entry)?.["text"]) ?? "");
  const title = [textOf(block["title"]), textOf(block["source"])].filter((word) => word !== undefined).join(", ");
  askForCitations(block, path, asked);
  return {
    type: "text",
    text: headed("Search result", title === "" ? undefined : title, texts.join("\n")),
    ...cacheOf(block, path, asked),
  };
}

/** Texts and pictures inside a document. */
function decodeInnerBlocks(content: unknown, path: string, asked: AskedFeatures): (TextPart | MediaPart)[] {
  const text = textOf(content);
  if (text !== undefined) return [{ type: "text", text }];
  return listOf(content).flatMap((entry, index): (TextPart | MediaPart)[] => {
    const block = recordOf(entry) ?? {};
    if (block["type"] === "image") return [decodeImage(block, `${path}[${index}]`, asked)];
    const inner = textOf(block["text"]);
    return inner === undefined ? [] : [{ type: "text", text: inner }];
  });
}

function askForCitations(block: Fields, path: string, asked: AskedFeatures): void {
  if (recordOf(block["citations"])?.["enabled"] === true) asked.add("citations", `${path}.citations`);
}

function headed(kind: string, title: string | undefined, text: string): string {
  return `${kind}${title === undefined ? "" : ` (${title})`}:\n${text}`;
}

function sourceOf(block: Fields, path: string, usualType: string): MediaSource {
  const source = recordOf(block["source"]);
  switch (source?.["type"]) {
    case "base64": {
      const base64 = textOf(source["data"]);
      if (base64 === undefined) throw refuseField(`${path}.source.data`, "must be a non-empty string");
      const mimeType = textOf(source["media_type"]) ?? usualType;
      return { type: "data", mimeType: mimeType.toLowerCase(), base64: standardBase64(base64) };
    }
    case "url": {
      const url = textOf(source["url"]);
      if (url === undefined) throw refuseField(`${path}.source.url`, "must be a non-empty string");
      return { type: "url", url, ...(usualType === "application/pdf" ? { mimeType: usualType } : {}) };
    }
    case undefined:
      throw refuseField(`${path}.source`, "must be an object with a type");
    default:
      // A place that is not known here is one that only Anthropic can fetch from, as from its files.
      return { type: "file", id: textOf(source?.["file_id"]) ?? textOf(source?.["type"]) ?? "" };
  }
}

function imageFeature(source: MediaSource): Feature {
  if (source.type === "file") return "file_id";
  return source.type === "url" ? "image_url" : "image_data";
}

function fileFeature(source: MediaSource): Feature {
  if (source.type === "file") return "file_id";
  return source.type === "url" ? "file_url" : "file_data";
}
