/** Bytes of UTF-8 that the code unit at `at` adds; a pair of surrogates counts at its first half. */
function bytesAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit >= 0xd800 && unit <= 0xdbff && isLow(text.charCodeAt(at + 1))) return 4;
  return isLow(unit) && at > 0 && isHigh(text.charCodeAt(at - 1)) ? 0 : 3;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** How many bytes of UTF-8 come before a position in UTF-16 code units; undefined inside a character or outside the text. */
export function byteOffsetOf(text: string, unitOffset: number): number | undefined {
  if (!Number.isInteger(unitOffset) || unitOffset < 0 || unitOffset > text.length) return undefined;
  if (isLow(text.charCodeAt(unitOffset)) && isHigh(text.charCodeAt(unitOffset - 1))) return undefined;
  let bytes = 0;
  for (let at = 0; at < unitOffset; at += 1) bytes += bytesAt(text, at);
  return bytes;
}

/** The position in UTF-16 code units of an offset in bytes of UTF-8; undefined inside a character or outside the text. */
export function unitOffsetOf(text: string, byteOffset: number): number | undefined {
  let bytes = 0;
  let at = 0;
  while (bytes < byteOffset && at < text.length) {
    bytes += bytesAt(text, at);
    at += isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  return bytes === byteOffset ? at : undefined;
}
