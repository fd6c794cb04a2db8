/** Characters that steer a terminal, hide or reorder text, or end a line for some reader; the tags as a whole block, assigned or not. */
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{e0000}-\u{e007f}]/gu;

/** A value as one line of JSON that no terminal takes for a command: the same value, more of it escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(steering, escapeUnits);
}

/** Text without the characters that steer a terminal, and without the escape sequences they begin. */
export function printableText(text: string): string {
  return Bun.stripANSI(text).replace(steering, "");
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
