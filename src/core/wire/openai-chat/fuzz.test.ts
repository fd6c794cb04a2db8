import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "#core/errors.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";

const encoder = new TextEncoder();
const options = { keepUsage: true, requestId: "req_own" };
const frame = (chunk: unknown) => `data: ${JSON.stringify(chunk)}\n\n`;
const hello = frame({ id: "1", model: "m", choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }] });
const done = "data: [DONE]\n\n";

function decodePieces(chunks: readonly Uint8Array[]) {
  const stream = codec.createDecoder(options);
  return [...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end()];
}

const decode = (text: string) => decodePieces([encoder.encode(text)]);

test("arbitrary bytes make it throw nothing but a GatewayError", () => {
  const scraps = fc.array(
    fc.oneof(
      fc.constantFrom(
        "data: ",
        "\n\n",
        "\r",
        hello,
        done,
        '{"choices":',
        "[{",
        '"delta":{"tool_calls":[{}]}',
        "}]}",
        ":",
        "null",
      ),
      fc.string(),
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        scraps.map((parts) => encoder.encode(parts.join(""))),
      ),
      (bytes) => {
        for (const read of [() => decodePieces([bytes]), () => codec.decodeWhole(bytes, options)]) {
          try {
            read();
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(GatewayError);
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("arbitrary JSON in a frame makes it throw nothing but a GatewayError", () => {
  const odd = fc.jsonValue();
  const shapes = fc.record({
    choices: fc.oneof(
      odd,
      fc.array(
        fc.record({
          index: odd,
          delta: fc.oneof(
            odd,
            fc.record({
              tool_calls: fc.array(fc.oneof(odd, fc.record({ index: odd, id: odd, function: odd }))),
              content: odd,
            }),
          ),
          message: odd,
          finish_reason: odd,
        }),
      ),
    ),
    usage: fc.oneof(odd, fc.record({ prompt_tokens: odd, prompt_tokens_details: odd })),
    error: fc.option(odd, { nil: undefined }),
    id: odd,
  });
  fc.assert(
    fc.property(shapes, (value) => {
      for (const read of [
        () => decode(frame(value)),
        () => codec.decodeWhole(encoder.encode(JSON.stringify(value)), options),
      ]) {
        try {
          read();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(GatewayError);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
