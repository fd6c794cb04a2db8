import type { MediaPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { standardBase64 } from "#core/wire/data-url.ts";
import { textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The sound of an `input_audio`; undefined without data. */
export function soundOf({ data, format }: Fields, path: string, asked: AskedFeatures): MediaPart | undefined {
  if (typeof data !== "string") return undefined;
  asked.add("audio_input", path);
  const mimeType = format === "mp3" ? "audio/mpeg" : `audio/${textOf(format) ?? "wav"}`;
  return { type: "media", kind: "audio", source: { type: "data", mimeType, base64: standardBase64(data) }, path };
}

/** How closely a picture or document is to be looked at. */
export function detailOf(value: unknown, path: string, asked: AskedFeatures): Pick<MediaPart, "detail"> {
  if (value !== "low" && value !== "high" && value !== "auto" && value !== "original") return {};
  if (value !== "auto") asked.add("image_detail", `${path}.detail`);
  return { detail: value };
}
