import type { Feature } from "#core/chat/feature.ts";
import type { MediaPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { standardBase64 } from "#core/wire/data-url.ts";
import type { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { isFilm, isGoogles } from "#core/wire/gemini-generate/google-uri.ts";
import { textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Detail = NonNullable<MediaPart["detail"]>;

/** The picture, sound, film or document of a part; undefined when it holds none. `detail` is that of the whole request. */
export function decodeMedia(part: GeminiFields, asked: AskedFeatures, detail?: Detail): MediaPart | undefined {
  const inline = part.fields("inlineData");
  if (inline !== undefined) return inlineMedia(inline, part, asked, detail);
  const file = part.fields("fileData");
  return file === undefined ? undefined : fileMedia(file, part, asked, detail);
}

function inlineMedia(inline: GeminiFields, part: GeminiFields, asked: AskedFeatures, whole?: Detail): MediaPart {
  const base64 = inline.value("data");
  if (typeof base64 !== "string") throw refuseField(inline.path("data"), "must be base64");
  const mimeType = inline.text("mimeType") ?? "application/octet-stream";
  const kind = kindOf(mimeType);
  asked.add(dataFeatures[kind], inline.at);
  const filename = inline.text("displayName");
  return {
    type: "media",
    kind,
    source: { type: "data", mimeType, base64: standardBase64(base64) },
    ...(filename === undefined ? {} : { filename }),
    ...detailOf(part, asked, whole),
    path: inline.at,
  };
}

function fileMedia(file: GeminiFields, part: GeminiFields, asked: AskedFeatures, whole?: Detail): MediaPart {
  const uri = file.text("fileUri");
  if (uri === undefined) throw refuseField(file.path("fileUri"), "must be a non-empty string");
  const mimeType = file.text("mimeType");
  const kind = mimeType === undefined ? (isFilm(uri) ? "video" : "file") : kindOf(mimeType);
  const kept = isGoogles(uri) || !/^https?:/i.test(uri);
  asked.add(kept ? "file_id" : urlFeatures[kind], file.at);
  const filename = file.text("displayName");
  return {
    type: "media",
    kind,
    source: kept
      ? { type: "file", id: uri }
      : { type: "url", url: uri, ...(mimeType === undefined ? {} : { mimeType }) },
    ...(filename === undefined ? {} : { filename }),
    ...detailOf(part, asked, whole),
    path: file.at,
  };
}

const dataFeatures = {
  image: "image_data",
  audio: "audio_input",
  video: "video_input",
  file: "file_data",
} as const satisfies Record<MediaPart["kind"], Feature>;

const urlFeatures = {
  image: "image_url",
  audio: "audio_input",
  video: "video_input",
  file: "file_url",
} as const satisfies Record<MediaPart["kind"], Feature>;

function kindOf(mimeType: string): MediaPart["kind"] {
  const [kind] = mimeType.toLowerCase().split("/", 1);
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "file";
}

function detailOf(part: GeminiFields, asked: AskedFeatures, whole: Detail | undefined): { readonly detail?: Detail } {
  const own = part.fields("mediaResolution");
  const detail = own === undefined ? undefined : detailOfLevel(own.value("level"));
  if (detail !== undefined && detail !== "auto") asked.add("image_detail", part.path("mediaResolution"));
  const said = detail ?? whole;
  return said === undefined ? {} : { detail: said };
}

/** What a `mediaResolution` asks for; undefined when it says nothing. */
export function detailOfLevel(level: unknown): Detail | undefined {
  switch (textOf(level)?.toUpperCase().replace("MEDIA_RESOLUTION_", "")) {
    case "LOW":
      return "low";
    case "MEDIUM":
      return "auto";
    case "HIGH":
      return "high";
    case "ULTRA_HIGH":
      return "original";
    default:
      return undefined;
  }
}
