type Pattern = readonly [offset: number, text: string];

/** What files begin with (WHATWG MIME Sniffing, ISO 14496-12 brands); `latin1` text by offset. */
const signatures: readonly (readonly [mimeType: string, ...patterns: Pattern[]])[] = [
  ["image/png", [0, "\x89PNG\r\n\x1a\n"]],
  ["image/jpeg", [0, "\xff\xd8\xff"]],
  ["image/gif", [0, "GIF87a"]],
  ["image/gif", [0, "GIF89a"]],
  ["image/webp", [0, "RIFF"], [8, "WEBP"]],
  ["audio/wav", [0, "RIFF"], [8, "WAVE"]],
  ["application/pdf", [0, "%PDF-"]],
  ["image/heic", [4, "ftyphei"]],
  ["image/heic", [4, "ftyphev"]],
  ["image/heif", [4, "ftypmif1"]],
  ["image/avif", [4, "ftypavif"]],
  ["video/quicktime", [4, "ftypqt  "]],
  ["audio/mp4", [4, "ftypM4A"]],
  ["video/mp4", [4, "ftyp"]],
  ["audio/mpeg", [0, "ID3"]],
  ["audio/mpeg", [0, "\xff\xfb"]],
  ["audio/mpeg", [0, "\xff\xf3"]],
  ["audio/mpeg", [0, "\xff\xf2"]],
  ["audio/flac", [0, "fLaC"]],
  ["audio/ogg", [0, "OggS"]],
  ["video/webm", [0, "\x1aE\xdf\xa3"]],
];

/** Bytes of a file's beginning that `sniffMediaType` looks at. */
const sniffedBytes = 16;

/** The media type that a file's first bytes tell; undefined when they tell none. */
export function sniffMediaType(bytes: Uint8Array): string | undefined {
  const starts = (offset: number, text: string): boolean => {
    for (let index = 0; index < text.length; index += 1) {
      if (bytes[offset + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  };
  return signatures.find(([, ...patterns]) => patterns.every(([offset, text]) => starts(offset, text)))?.[0];
}

/** The media type that the beginning of a file in standard base64 tells; undefined when it tells none. */
export function sniffBase64(base64: string): string | undefined {
  const start = base64.slice(0, Math.ceil(sniffedBytes / 3) * 4);
  try {
    return sniffMediaType(Uint8Array.fromBase64(start));
  } catch {
    return undefined;
  }
}
