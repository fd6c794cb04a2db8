/**
 * Where a text stops being JSON (RFC 8259): the byte offset of the first mistake, or of the end if the text is cut.
 * Undefined when it is JSON. Slow and exact; for messages only. Assumes nesting was bounded before.
 */
export function findJsonMistake(bytes: Uint8Array): number | undefined {
  const end = readValue(bytes, skipSpace(bytes, 0));
  if (end < 0) return ~end;
  const rest = skipSpace(bytes, end);
  return rest < bytes.length ? rest : undefined;
}

// Each reader returns the position after what it read, or the complement (`~`) of where the mistake is.

function readValue(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0x22:
      return readString(bytes, at);
    case 0x7b:
      return readMembers(bytes, at, 0x7d, readPair);
    case 0x5b:
      return readMembers(bytes, at, 0x5d, readValue);
    case 0x74:
      return readWord(bytes, at, "true");
    case 0x66:
      return readWord(bytes, at, "false");
    case 0x6e:
      return readWord(bytes, at, "null");
    default:
      return readNumber(bytes, at);
  }
}

function readMembers(
  bytes: Uint8Array,
  start: number,
  close: number,
  readMember: (bytes: Uint8Array, at: number) => number,
): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    const end = readMember(bytes, at);
    if (end < 0) return end;
    at = skipSpace(bytes, end);
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== 0x2c) return ~at;
    at = skipSpace(bytes, at + 1);
  }
}

function readPair(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== 0x22) return ~start;
  const end = readString(bytes, start);
  if (end < 0) return end;
  const at = skipSpace(bytes, end);
  return bytes[at] === 0x3a ? readValue(bytes, skipSpace(bytes, at + 1)) : ~at;
}

function readString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x22) return at + 1;
    if (byte < 0x20) return ~at;
    if (byte !== 0x5c) continue;
    at += 1;
    const letter = String.fromCharCode(bytes[at] ?? 0);
    if (letter === "u") {
      for (let digit = 0; digit < 4; digit += 1) {
        at += 1;
        if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[at] ?? 0))) return ~at;
      }
    } else if (!'"\\/bfnrt'.includes(letter)) return ~at;
  }
  return ~bytes.length;
}

function readWord(bytes: Uint8Array, start: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[start + index] !== word.charCodeAt(index)) return ~(start + index);
  }
  return start + word.length;
}

function readNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  if (!isDigit(bytes[at])) return ~at;
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === 0x2e) {
    if (!isDigit(bytes[at + 1])) return ~(at + 1);
    at = skipDigits(bytes, at + 1);
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? 2 : 1;
    if (!isDigit(bytes[at])) return ~at;
    at = skipDigits(bytes, at);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}
