import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Citation } from "#core/chat/request.ts";
import { byteOffsetOf, unitOffsetOf } from "#core/wire/gemini-generate/byte-offset.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import {
  candidate,
  contextOf,
  decodeStream,
  frames,
  json,
  options,
  text,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

const web = (uri: string) => ({ web: { uri, title: uri } });
const citationsOf = (value: unknown): Citation[] =>
  codec.decodeWhole(json(value), options).flatMap((event) => (event.type === "citation" ? [event.citation] : []));
const grounded = (said: string, segment: object, parts: readonly object[] = [{ text: said }]) =>
  citationsOf(
    candidate(parts, {
      finishReason: "STOP",
      groundingMetadata: {
        groundingChunks: [web("a"), web("b")],
        groundingSupports: [{ segment, groundingChunkIndices: [0, 7] }],
      },
    }),
  );

describe("citations", () => {
  test("pitfall 78: bytes of UTF-8 become UTF-16 code units, with emoji before the span", () => {
    const said = "é😀 Ruby is 4.0.";
    expect(grounded(said, { startIndex: 7, endIndex: 18, text: "Ruby is 4.0" })).toEqual([
      { url: "a", title: "a", start: 4, end: 15 },
      { url: "b", title: "b" },
    ]);
  });

  test("count from the part that they name, where that fits the words", () => {
    const parts = [{ text: "T", thought: true }, { text: "ab " }, { text: "cde" }];
    expect(grounded("", { partIndex: 2, startIndex: 1, endIndex: 3, text: "de" }, parts)[0]).toMatchObject({
      start: 4,
      end: 6,
    });
    expect(grounded("", { partIndex: 2, startIndex: 4, endIndex: 6, text: "de" }, parts)[0]).toMatchObject({
      start: 4,
      end: 6,
    });
  });

  test("that do not fit the text have no offsets, never wrong ones", () => {
    for (const segment of [
      { startIndex: 1, endIndex: 3 },
      { startIndex: 0, endIndex: 2, text: "xx" },
      { startIndex: 0, endIndex: 99 },
      { startIndex: 2, endIndex: 1 },
      {},
    ]) {
      expect(grounded("é b", segment)[0]).toEqual({ url: "a", title: "a" });
    }
  });

  test("in a stream count all text before them, and are told once", () => {
    const groundingMetadata = {
      groundingChunks: [web("a")],
      groundingSupports: [{ segment: { startIndex: 2, endIndex: 4, text: "cd" }, groundingChunkIndices: [0] }],
    };
    const events = decodeStream(
      frames(
        candidate([{ text: "ab" }]),
        candidate([{ text: "cd" }], { groundingMetadata }),
        candidate([{ text: "" }], { groundingMetadata, finishReason: "STOP" }),
      ),
    );
    expect(events.filter(({ type }) => type === "citation")).toEqual([
      { type: "citation", choice: 0, citation: { url: "a", title: "a", start: 2, end: 4 } },
    ]);
  });

  test("pitfall 77: empty ones create nothing", () => {
    const nothing = [
      { groundingMetadata: {} },
      { groundingMetadata: null },
      { citationMetadata: { citations: [{}, {}] } },
    ];
    for (const more of nothing) expect(citationsOf(candidate([{ text: "a" }], more))).toEqual([]);
  });

  test("of recited text are read too", () => {
    const citationMetadata = { citations: [{ uri: "a", endIndex: 1 }, { uri: "b" }] };
    expect(citationsOf(candidate([{ text: "abc" }], { citationMetadata }))).toEqual([
      { url: "a", start: 0, end: 1 },
      { url: "b" },
    ]);
  });

  test("pitfall 78: offsets survive there and back, whatever the text", () => {
    const cut = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 3, maxLength: 3 }), ([before = "", cited = "", after = ""]) => {
        const citation = { url: "u", start: before.length, end: before.length + cited.length };
        const whole = codec.encodeWhole(
          [
            { type: "text", choice: 0, text: before + cited + after },
            { type: "citation", choice: 0, citation },
          ],
          contextOf(),
        );
        expect(citationsOf(JSON.parse(text(whole)))).toEqual([citation]);
        const segment = JSON.parse(text(whole)).candidates[0].groundingMetadata.groundingSupports[0].segment;
        expect(new TextEncoder().encode(before).length).toBe(segment.startIndex);
        expect(segment.text).toBe(cited);
      }),
    );
  });

  test("offsets inside a character are none", () => {
    expect(unitOffsetOf("😀", 2)).toBeUndefined();
    expect(byteOffsetOf("😀", 1)).toBeUndefined();
    expect(unitOffsetOf("a", 2)).toBeUndefined();
    expect([unitOffsetOf("😀", 4), byteOffsetOf("😀", 2)]).toEqual([2, 4]);
  });
});
