import { expect, test } from "bun:test";
import fc from "fast-check";
import { wrapInput } from "#core/translation/custom-tools.ts";
import { InputUnwrapper } from "#core/translation/input-unwrapper.ts";

function unwrapped(pieces: readonly string[]): string[] {
  const unwrapper = new InputUnwrapper();
  return [...pieces.map((piece) => unwrapper.push(piece)), unwrapper.end()];
}

/** A text in pieces of these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < text.length; index += 1) {
    const length = lengths[index % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const escapedFully = (text: string): string =>
  `{ "input" : "${[...text]
    .flatMap((c) => c.split(""))
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("")}" }`;

test("pitfall 13: any text survives wrapping and unwrapping, however it is cut and escaped", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: fc.constantFrom("\\", '"', "\n", "😀", "\u2028", "é", "{") }),
  );
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  fc.assert(
    fc.property(text, lengths, (original, sizes) => {
      expect(unwrapped(cut(wrapInput(original), sizes)).join("")).toBe(original);
      expect(unwrapped(cut(escapedFully(original), sizes)).join("")).toBe(original);
    }),
  );
});

test("pitfall 13: no piece ends inside a surrogate pair", () => {
  for (const written of ['{"input":"a😀b"}', escapedFully("a😀b")]) {
    const pieces = unwrapped(cut(written, [1]));
    expect(pieces.join("")).toBe("a😀b");
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
  }
});

test("text is handed on as it comes, not at the end", () => {
  expect(unwrapped(['{"input":"one ', "two ", 'three"', "}"])).toEqual(["one ", "two ", "three", "", ""]);
});

test("arguments of another form are not lost", () => {
  expect(unwrapped(['{"why":"x","inp', 'ut":"do"}']).join("")).toBe("do");
  expect(unwrapped(["just ", "text"]).join("")).toBe("just text");
  expect(unwrapped(['{"command":"ls"}']).join("")).toBe('{"command":"ls"}');
  expect(unwrapped(['{"input":7}']).join("")).toBe('{"input":7}');
  expect(unwrapped([]).join("")).toBe("");
  expect(unwrapped(["{}"]).join("")).toBe("");
});

test("a call that was cut off keeps what was said", () => {
  expect(unwrapped(['{"input":"half \\u00']).join("")).toBe("half ");
  expect(unwrapped(['{"inp']).join("")).toBe('{"inp');
});
