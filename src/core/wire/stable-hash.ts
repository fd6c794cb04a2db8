/**
 * 53 bits of a text as 11 characters of `0-9a-z`, the same on every machine and at every time (cyrb53). It keeps names
 * apart that nobody has chosen to be alike; it protects nothing.
 */
export function stableHash(text: string): string {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 2_654_435_761);
    high = Math.imul(high ^ unit, 1_597_334_677);
  }
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  const bits = 4_294_967_296 * (high & 0x1fffff) + (low >>> 0);
  return bits.toString(36).padStart(11, "0");
}

/** A text as an id of 27 characters of `0-9a-z_`, made of it alone. */
export function stableCallId(text: string): string {
  return `call_${stableHash(text)}${stableHash(`\n${text}`)}`;
}
