import type { MediaSource } from "#core/chat/request.ts";

const header = /^data:([^,]{0,256}),/i;

/** Where the bytes of a picture or document are, by its URL: a `data:` URL with base64 is taken apart, any other kept. */
export function mediaSourceOf(url: string): MediaSource {
  const [prefix, words = ""] = header.exec(url) ?? [];
  if (prefix === undefined || !/;\s*base64\s*$/i.test(words)) return { type: "url", url };
  const mimeType = words.split(";")[0]?.trim().toLowerCase() ?? "";
  return { type: "data", mimeType, base64: standardBase64(url.slice(prefix.length)) };
}

/** The `data:` URL of bytes. */
export function dataUrlOf({ mimeType, base64 }: Extract<MediaSource, { type: "data" }>): string {
  return `data:${mimeType};base64,${base64}`;
}

/** Base64 in the standard alphabet with padding, from either alphabet, padded or not, line breaks left out. */
export function standardBase64(text: string): string {
  if (isStandard(text)) return text;
  const bare = text
    .replace(/[\s=]+|%3D/gi, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  return bare.padEnd(bare.length + ((4 - (bare.length % 4)) % 4), "=");
}

function isStandard(text: string): boolean {
  return text.length % 4 === 0 && !/[-_\s%]/.test(text);
}
