import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import {
  bytes,
  candidate,
  cuts,
  decodePieces,
  decodeStream,
  frames,
  hello,
  meaning,
  refusalOf,
  stop,
  text,
  usage,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

const rawOf = (pieces: ReturnType<typeof decodePieces>) => pieces.map(({ raw }) => text(raw ?? bytes(""))).join("");
const eventsOf = (pieces: ReturnType<typeof decodePieces>) => pieces.flatMap(({ events }) => events);
const asArray = (values: readonly unknown[]) =>
  `[${values.map((value) => JSON.stringify(value, null, 2)).join("\n,\r\n")}]`;

describe("reading a stream", () => {
  test("pitfall 54: gives the same events and bytes however it was cut, with LF, CRLF and as an array", () => {
    const crlf = frames(...hello);
    for (const stream of [crlf, crlf.replaceAll("\r\n", "\n")]) {
      fc.assert(
        fc.property(cuts(stream), (chunks) => {
          const pieces = decodePieces(chunks);
          expect(eventsOf(pieces)).toEqual(meaning);
          expect(rawOf(pieces)).toBe(stream);
        }),
      );
    }
    fc.assert(
      fc.property(cuts(asArray(hello)), (chunks) => {
        const pieces = decodePieces(chunks);
        expect(eventsOf(pieces)).toEqual(meaning);
        // As an array it goes on as frames, and those mean the same.
        expect(eventsOf(decodePieces([bytes(rawOf(pieces))]))).toEqual(meaning);
      }),
    );
  });

  test("pitfall 57: a stream that stops before every choice has said why is truncated", () => {
    const one = frames(candidate([{ text: "a" }]));
    const two = frames({
      candidates: [
        { index: 0, ...stop },
        { index: 1, content: { parts: [{ text: "b" }] } },
      ],
    });
    for (const cut of ["", one, two, frames(usage(1)), `${one}data: {"candid`, '[{"candidates":[{"content":{}']) {
      expect(refusalOf(() => decodeStream(cut)).code).toBe("upstream_truncated");
    }
  });

  test("a last frame without its blank line counts if it is whole, and gets one", () => {
    const stream = frames(...hello);
    const pieces = decodePieces([bytes(stream.trimEnd())]);
    expect(eventsOf(pieces)).toEqual(meaning);
    expect(rawOf(pieces)).toBe(stream);
  });

  test("an error frame, and one that is no JSON, end the answer without bytes", () => {
    const error = { error: { code: 429, message: "Slow down.", status: "RESOURCE_EXHAUSTED" } };
    for (const [wrong, code] of [
      [frames(error), "upstream_rate_limited"],
      ["data: {oops\r\n\r\n", "upstream_bad_response"],
    ]) {
      const pieces = decodePieces([bytes(frames(candidate([{ text: "a" }])) + wrong + frames(candidate([], stop)))]);
      expect(eventsOf(pieces).at(-1)).toMatchObject({ type: "error", error: { code } });
      expect(rawOf(pieces)).toBe(frames(candidate([{ text: "a" }])));
    }
    expect(decodeStream(asArray([error])).at(-1)).toMatchObject({ type: "error" });
  });

  test("T-20 usage is cumulative: the last counts, and what has not changed is not told again", () => {
    const counts = decodeStream(frames(...hello)).filter(({ type }) => type === "usage");
    expect(counts.map((event) => event.type === "usage" && event.usage.outputTokens)).toEqual([1, 4]);
    expect(foldAnswer(decodeStream(frames(...hello))).usage).toEqual({ inputTokens: 1, outputTokens: 4 });
  });

  test("T-07 a frame of a megabyte passes", () => {
    const long = "x".repeat(1 << 20);
    const stream = bytes(frames(candidate([{ text: long }], stop)));
    const chunks = [stream.subarray(0, 70_000), stream.subarray(70_000, 70_001), stream.subarray(70_001)];
    expect(decodePieces(chunks).flatMap(({ events }) => events)).toContainEqual({
      type: "text",
      choice: 0,
      text: long,
    });
  });

  test("pitfall 59: what another server adds, [DONE] and names of events, does not reach a Gemini caller", () => {
    const named = `event: message\n${frames(candidate([{ text: "a" }], stop))}data: [DONE]\n\n`;
    const pieces = decodePieces([bytes(`: hi\n\n${named}`)]);
    expect(rawOf(pieces)).toBe(`: hi\n\n${frames(candidate([{ text: "a" }], stop))}`);
    expect(eventsOf(pieces).at(-1)).toEqual({ type: "end" });
  });

  test("arbitrary bytes make it throw nothing but a GatewayError", () => {
    const scraps = fc.array(
      fc.oneof(
        fc.constantFrom("data: ", "\r\n\r\n", "[", "{", "}", ",", frames(hello[0]), '{"candidates":[{}]}', "]"),
        fc.string(),
      ),
    );
    const anything = fc.oneof(
      fc.uint8Array(),
      scraps.map((parts) => bytes(parts.join(""))),
    );
    fc.assert(
      fc.property(anything, (input) => {
        for (const read of [
          () => decodePieces([input]),
          () => codec.decodeWhole(input, { keepUsage: true, requestId: "r" }),
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

  test("arbitrary JSON in a frame makes it throw nothing but a GatewayError", () => {
    const odd = fc.jsonValue({ maxDepth: 2 });
    const part = fc.oneof(
      odd,
      fc.record({ text: odd, thought: odd, thoughtSignature: odd, functionCall: odd }, { requiredKeys: [] }),
    );
    const called = fc.record({ name: odd, args: odd, partialArgs: odd, willContinue: odd });
    const frame = fc.record({
      candidates: fc.oneof(
        odd,
        fc.array(
          fc.record({
            index: odd,
            content: fc.oneof(odd, fc.record({ parts: fc.array(fc.oneof(part, fc.record({ functionCall: called }))) })),
            finishReason: fc.oneof(odd, fc.constantFrom("STOP", "SAFETY")),
            groundingMetadata: fc.oneof(
              odd,
              fc.record({
                groundingChunks: fc.array(odd),
                groundingSupports: fc.array(fc.record({ segment: odd, groundingChunkIndices: odd })),
              }),
            ),
            logprobsResult: odd,
          }),
        ),
      ),
      usageMetadata: odd,
      promptFeedback: odd,
    });
    fc.assert(
      fc.property(frame, (value) => {
        for (const read of [
          () => decodeStream(frames(value)),
          () => codec.decodeWhole(bytes(JSON.stringify(value)), { keepUsage: true, requestId: "r" }),
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
});
