import type { MediaPart, Part, TextPart } from "#core/chat/request.ts";
import { dataUrlOf } from "#core/wire/data-url.ts";
import { documentText } from "#core/wire/document-text.ts";
import { fileNameOf } from "#core/wire/file-name.ts";
import type { MarkWriter } from "#core/wire/openai-chat/breakpoint-writer.ts";
import { refuseValue } from "#core/wire/request-fields.ts";

/** The content of a user's message: one unmarked text as text, everything else as parts. Throws `unsupported_value`. */
export function encodeUserContent(parts: readonly Part[], mark: MarkWriter): string | readonly unknown[] {
  const content = parts.filter((part) => part.type === "text" || part.type === "media");
  const [first] = content;
  if (first === undefined) return "";
  if (content.length > 1 || first.type === "media") return content.map((part) => encodePart(part, mark));
  const marked = mark(first.cache);
  return Object.keys(marked).length === 0 ? first.text : [{ type: "text", text: first.text, ...marked }];
}

/** Texts as one text, or as parts where one of them carries a mark that the model is told. */
export function encodeTexts(
  texts: readonly TextPart[],
  between: string,
  mark: MarkWriter,
): string | readonly unknown[] {
  const parts = texts.map(({ text, cache }) => ({ type: "text", text, ...mark(cache) }));
  const marked = parts.some((part) => Object.keys(part).length > 2);
  return marked ? parts : texts.map(({ text }) => text).join(between);
}

function encodePart(part: TextPart | MediaPart, mark: MarkWriter): unknown {
  if (part.type === "text") return { type: "text", text: part.text, ...mark(part.cache) };
  return { ...encodeMedia(part), ...mark(part.cache) };
}

/** A picture, sound or document as a part of a user's message. Throws `unsupported_value` naming where the caller wrote it. */
export function encodeMedia(part: MediaPart): Readonly<Record<string, unknown>> {
  const { kind, source, detail, filename, path } = part;
  if (source.type === "file") throw refuseValue(path, `names the file '${source.id}', which only its own provider has`);
  switch (kind) {
    case "image": {
      const url = source.type === "url" ? source.url : dataUrlOf(source);
      return { type: "image_url", image_url: { url, ...(detail === undefined ? {} : { detail }) } };
    }
    case "audio": {
      const format = source.type === "data" ? audioFormats.get(source.mimeType) : undefined;
      if (source.type !== "data" || format === undefined)
        throw refuseValue(path, "is a sound that is neither wav nor mp3");
      return { type: "input_audio", input_audio: { data: source.base64, format } };
    }
    case "file": {
      if (source.type !== "data") throw refuseValue(path, "is a document by URL, which this provider does not fetch");
      // OpenAI takes only PDF as a file.
      const text = documentText(source.mimeType, source.base64);
      if (text !== undefined) {
        return { type: "text", text: `Document${filename === undefined ? "" : ` (${filename})`}:\n${text}` };
      }
      return { type: "file", file: { filename: fileNameOf(filename, source.mimeType), file_data: dataUrlOf(source) } };
    }
    case "video":
      throw refuseValue(path, "is a film, which this provider does not take");
  }
}

const audioFormats: ReadonlyMap<string, string> = new Map([
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/wave", "wav"],
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
]);
