import { pureDigest } from "#core/effects/pure-digest.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

const utf8 = new TextEncoder();

/** A message as Bedrock frames it: string headers, a JSON payload, and the two checksums. */
export function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: object): Uint8Array {
  const head = joinBytes(
    Object.entries(headers).map(([name, value]) => {
      const [key, text] = [utf8.encode(name), utf8.encode(value)];
      return joinBytes([Uint8Array.of(key.length), key, Uint8Array.of(7, text.length >> 8, text.length & 255), text]);
    }),
  );
  const body = utf8.encode(JSON.stringify(payload));
  const prelude = joinBytes([number(16 + head.length + body.length), number(head.length)]);
  const unsigned = joinBytes([prelude, number(pureDigest.crc32(prelude)), head, body]);
  return joinBytes([unsigned, number(pureDigest.crc32(unsigned))]);
}

/** An event of Anthropic's stream inside Bedrock's. */
export function bedrockChunk(event: object): Uint8Array {
  const bytes = utf8.encode(JSON.stringify(event)).toBase64();
  const headers = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };
  return eventStreamMessage(headers, { bytes, p: "abcd" });
}

/** A failure inside Bedrock's stream. */
export function bedrockException(type: string, message: string): Uint8Array {
  return eventStreamMessage({ ":message-type": "exception", ":exception-type": type }, { message });
}

function number(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
