/** Dimensions of the loopback model's vectors unless asked otherwise. */
export const defaultDimensions = 256;

/** A unit vector that depends on the input alone: the same text has the same vector on every machine. */
export function embed(input: string | readonly number[], dimensions: number): number[] {
  let state = hash(typeof input === "string" ? input : input.join(" "));
  const vector = Array.from({ length: dimensions }, () => {
    // Mulberry32, a small generator with good spread; nothing here is secret.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
  const length = Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0));
  return length === 0 ? vector.map((_, index) => (index === 0 ? 1 : 0)) : vector.map((number) => number / length);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}
