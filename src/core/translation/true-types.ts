import type { ChatRequest, MediaPart, Part, TextPart } from "#core/chat/request.ts";
import { sniffBase64 } from "#core/media-type.ts";
import { withParts } from "#core/translation/foreign-parts.ts";
import { cannotCarry } from "#core/translation/notes.ts";
import type { Protocol, WireTraits } from "#core/wire/codec.ts";

/**
 * Media under the type that their bytes tell, whatever their label: providers compare the two and refuse. A label that no
 * bytes contradict stays. Throws `unsupported_value` naming where a picture stands whose kind the provider does not take.
 */
export function withTrueTypes(chat: ChatRequest, traits: Pick<WireTraits, "heic">, protocol: Protocol): ChatRequest {
  const relabelled = (part: MediaPart): MediaPart => {
    const told = withTrueType(part);
    if (!traits.heic && isHeic(told)) {
      throw cannotCarry(part.path, protocol, "it takes no pictures of the kinds HEIC and HEIF");
    }
    return told;
  };
  return withParts(chat, (part): readonly Part[] => {
    if (part.type === "media") return [relabelled(part)];
    if (part.type !== "tool-result" || !part.parts.some(({ type }) => type === "media")) return [part];
    const parts = part.parts.map((inner): TextPart | MediaPart => (inner.type === "text" ? inner : relabelled(inner)));
    return parts.every((inner, index) => inner === part.parts[index]) ? [part] : [{ ...part, parts }];
  });
}

function withTrueType(part: MediaPart): MediaPart {
  const { kind, source } = part;
  if (source.type !== "data") return part;
  const told = sniffBase64(source.base64);
  // A document may be anything; a picture whose bytes are no picture is for the provider to refuse.
  const fits = told !== undefined && (kind === "file" || told.startsWith(`${kind}/`));
  return !fits || told === source.mimeType ? part : { ...part, source: { ...source, mimeType: told } };
}

function isHeic({ kind, source }: MediaPart): boolean {
  return kind === "image" && source.type === "data" && /^image\/hei[cf]/i.test(source.mimeType);
}
