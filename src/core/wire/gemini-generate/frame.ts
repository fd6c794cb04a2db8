const encoder = new TextEncoder();
const head = encoder.encode("data: ");
const tail = encoder.encode("\r\n\r\n");

/** JSON on one line as a server-sent event, as Gemini ends its lines. */
export function frameOf(json: Uint8Array): Uint8Array {
  const frame = new Uint8Array(head.length + json.length + tail.length);
  frame.set(head);
  frame.set(json, head.length);
  frame.set(tail, head.length + json.length);
  return frame;
}

/** JSON with its line breaks, which can only stand between its values, turned into spaces. */
export function onOneLine(json: Uint8Array): Uint8Array {
  return json.includes(0x0a) || json.includes(0x0d)
    ? json.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte))
    : json;
}
