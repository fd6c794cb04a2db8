import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { toGatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { EventStreamReader } from "#integrations/providers/anthropic/aws-event-stream.ts";
import { bedrockChunk, eventStreamMessage } from "#integrations/providers/anthropic/aws-event-stream.test-data.ts";

const messages = [
  bedrockChunk({ type: "message_start" }),
  bedrockChunk({ type: "content_block_delta", delta: { text: "é 🦊" } }),
  eventStreamMessage({ ":message-type": "exception", ":exception-type": "throttlingException" }, { message: "slow" }),
];
const stream = joinBytes(messages);

const readAll = (pieces: readonly Uint8Array[]) => {
  const reader = new EventStreamReader(pureDigest);
  const read = pieces.flatMap((piece) => reader.push(piece));
  reader.end();
  return read.map(({ headers, payload }) => [Object.fromEntries(headers), new TextDecoder().decode(payload)]);
};

const failureOf = (bytes: Uint8Array): string => {
  try {
    readAll([bytes]);
  } catch (thrown) {
    return toGatewayError(thrown).code;
  }
  return "none";
};

test("pitfall 54 every cut of the bytes gives the same messages", () => {
  const whole = readAll([stream]);
  expect(whole).toHaveLength(3);
  expect(whole[2]).toEqual([
    { ":message-type": "exception", ":exception-type": "throttlingException" },
    '{"message":"slow"}',
  ]);
  for (let at = 0; at <= stream.length; at += 1) {
    expect(readAll([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
  }
  expect(readAll(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(whole);
});

test("the known example of AWS's encoding, an empty message, is read", () => {
  const empty = Uint8Array.fromHex("000000100000000005c248eb7d98c8ff");
  expect(readAll([empty])).toEqual([[{}, ""]]);
});

describe("what is broken is told, never taken for an end", () => {
  test("pitfall 57 a cut message is truncated", () => {
    for (let at = 1; at < (messages[0]?.length ?? 0); at += 7) {
      expect(failureOf(stream.subarray(0, at))).toBe("upstream_truncated");
    }
  });

  test("any flipped bit is noticed", () => {
    const [first = new Uint8Array()] = messages;
    fc.assert(
      fc.property(fc.nat(first.length * 8 - 1), (bit) => {
        const bytes = Uint8Array.from(first);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(failureOf(bytes)).toBe("upstream_bad_response");
      }),
    );
  });

  test("lengths beyond every limit are refused before anything is waited for", () => {
    const prelude = new Uint8Array(12);
    const view = new DataView(prelude.buffer);
    for (const [length, headers] of [
      [0xffffffff, 0],
      [16, 1],
      [4, 0],
    ] as const) {
      view.setUint32(0, length);
      view.setUint32(4, headers);
      view.setUint32(8, pureDigest.crc32(prelude.subarray(0, 8)));
      expect(failureOf(prelude)).toBe("upstream_bad_response");
    }
  });
});
