import { expect, test } from "bun:test";
import { sniffBase64, sniffMediaType } from "#core/media-type.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ["image/png", "\x89PNG\r\n\x1a\n\0\0"],
  ["image/jpeg", "\xff\xd8\xff\xe0"],
  ["image/gif", "GIF89a.."],
  ["image/webp", "RIFF\x10\0\0\0WEBPVP8 "],
  ["audio/wav", "RIFF\x10\0\0\0WAVEfmt "],
  ["application/pdf", "%PDF-1.7"],
  ["image/heic", "\0\0\0\x18ftypheic"],
  ["audio/mpeg", "ID3\x04"],
  ["audio/mpeg", "\xff\xfb\x90\x64"],
  ["video/mp4", "\0\0\0\x20ftypisom"],
  ["audio/mp4", "\0\0\0\x20ftypM4A "],
])("%s is told by its first bytes", (mimeType, bytes) => expect(sniffMediaType(latin1(bytes))).toBe(mimeType));

test("bytes that say nothing, too few or misleading ones tell no type", () => {
  for (const bytes of ["", "RIFF", "RIFF\x10\0\0\0AVI ", "<html>", "\x89PN", "GIF8"]) {
    expect([bytes, sniffMediaType(latin1(bytes))]).toEqual([bytes, undefined]);
  }
});

test("base64 tells its type by its beginning alone, and nothing when it is none", () => {
  expect(sniffBase64(`iVBORw0KGgoAAAANSUhEUgAA${"A".repeat(40)}`)).toBe("image/png");
  expect(sniffBase64(btoa("RIFF\x10\0\0\0WEBPVP8 "))).toBe("image/webp");
  for (const text of ["", "AAAA", "not base64!", "iVB"]) expect([text, sniffBase64(text)]).toEqual([text, undefined]);
});
