import type { ByteEdit } from "#core/wire/json-patch.ts";
import { endOfString, type Span, trimEnd } from "#core/wire/json-scan.ts";

/** Finds the items of the array that begins at `start` of bytes that are known to be valid JSON. */
export function scanItems(bytes: Uint8Array, start: number): Span[] {
  const items: Span[] = [];
  let depth = 0;
  let itemStart = -1;
  const close = (end: number): void => {
    if (itemStart >= 0) items.push({ start: itemStart, end: trimEnd(bytes, itemStart, end) });
    itemStart = -1;
  };
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x5d || byte === 0x7d) {
      if (depth === 1) close(at);
      depth -= 1;
      if (depth === 0) return items;
      continue;
    }
    if (byte === 0x2c) {
      if (depth === 1) close(at);
      continue;
    }
    if (depth === 1 && itemStart < 0 && byte > 0x20) itemStart = at;
    if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x22) at = endOfString(bytes, at);
  }
  return items;
}

/** Takes items out of their array, each with the comma that goes with it; everything else stays byte for byte. */
export function removeItems(items: readonly Span[], isRemoved: (index: number) => boolean): ByteEdit[] {
  let kept = -1;
  return items.flatMap((item, index) => {
    if (!isRemoved(index)) {
      kept = index;
      return [];
    }
    const start = kept < 0 ? item.start : (items[index - 1]?.end ?? item.start);
    const end = kept < 0 ? (items[index + 1]?.start ?? item.end) : item.end;
    return [{ start, end, text: "" }];
  });
}
