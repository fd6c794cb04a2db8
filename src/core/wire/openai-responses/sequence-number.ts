const decoder = new TextDecoder();
const key = '"sequence_number":';

/** The number of the last frame of these that has one. Inside a text the key's quotes are escaped, so it is never that. */
export function lastSequenceNumber(frames: Uint8Array): number | undefined {
  const text = decoder.decode(frames);
  const at = text.lastIndexOf(key);
  const digits = at < 0 ? undefined : /^\s*(\d{1,15})/.exec(text.slice(at + key.length, at + key.length + 20))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
