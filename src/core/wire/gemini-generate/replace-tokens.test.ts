import { expect, test } from "bun:test";
import fc from "fast-check";
import type { TokenDecision } from "#core/wire/codec.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import { bytes, text } from "#core/wire/gemini-generate/gemini.test-data.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const replaced = (written: string, decide: (token: string) => TokenDecision): string | undefined => {
  const changed = codec.replaceTokens(decodeJsonBody(bytes(written)), decide);
  return changed === undefined ? undefined : text(changed);
};
const contents = (...parts: readonly string[]) => `{"contents":[{"role":"model","parts":[${parts.join(", ")}]}] }`;
const call = '{"functionCall": {"args": {"thoughtSignature":"user data","n":12345678901234567890}}';

test("signatures that stay leave the body as it is", () => {
  expect(replaced(contents(`${call},"thoughtSignature":"a"}`), () => "keep")).toBeUndefined();
  expect(replaced('{"model":"m"}', () => "drop")).toBeUndefined();
  expect(replaced('{"contents":"?"}', () => "drop")).toBeUndefined();
});

test("pitfall 38: a signature that is dropped is gone, and every other byte stays", () => {
  expect(replaced(contents('{"text" : "a"}', `${call},"thoughtSignature" : "a" }`), () => "drop")).toBe(
    contents('{"text" : "a"}', `${call.replace(": {", ":{")}}`),
  );
});

test("pitfall 39: a signature in our wrapping goes on without it, in either way to write the name", () => {
  const own = (token: string) => (token === "wrapped" ? { replace: "own" } : "keep");
  expect(
    replaced(contents(`${call} , "thoughtSignature": "wrapped"}`, '{"text":"","thought_signature":"wrapped"}'), own),
  ).toBe(contents(`${call} , "thoughtSignature": "own"}`, '{"text":"","thought_signature":"own"}'));
});

test("a thought goes with its signature, and no part is left empty", () => {
  expect(
    replaced(contents('{"text":"T","thought":true,"thoughtSignature":"a"}', '{"thoughtSignature":"a"}'), () => "drop"),
  ).toBe(contents('{"text":""}', '{"text":""}'));
});

test("thoughts that a stream sent in pieces, before their signature, go with it too; others stay", () => {
  const thought = '{"thought":true,"text":"T"}';
  const own = (token: string) => (token === "foreign" ? "drop" : "keep");
  const pieces = (sign: string) => contents(thought, thought, `{"text":"","thoughtSignature":"${sign}"}`, thought);
  expect(replaced(pieces("own"), own)).toBeUndefined();
  expect(replaced(pieces("foreign"), own)).toBe(contents('{"text":""}', '{"text":""}', '{"text":""}', thought));
  const turns = `{"contents":[{"parts":[${thought}]},{"parts":[${call},"thoughtSignature":"foreign"}]}]}`;
  expect(replaced(turns, own)).toBe(`{"contents":[{"parts":[{"text":""}]},{"parts":[${call.replace(": {", ":{")}}]}]}`);
});

test("single objects where lists are meant are read as lists", () => {
  expect(replaced('{"contents":{"parts":{"text":"a","thoughtSignature":"s"}}}', () => "drop")).toBe(
    '{"contents":{"parts":{"text":"a"}}}',
  );
});

test("a request to count tokens holds them one level deeper", () => {
  expect(
    replaced('{"generateContentRequest":{"contents":[{"parts":[{"text":"a","thoughtSignature":"s"}]}]}}', () => "drop"),
  ).toBe('{"generateContentRequest":{"contents":[{"parts":[{"text":"a"}]}]}}');
});

test("whatever the conversation holds, only signatures change", () => {
  const part = fc.oneof(
    fc.record({ text: fc.string(), thoughtSignature: fc.constantFrom("drop", "swap", "keep") }),
    fc.record({
      functionCall: fc.record({ args: fc.jsonValue({ maxDepth: 2 }) }),
      thoughtSignature: fc.constantFrom("drop", "keep"),
    }),
    fc.record({ text: fc.string() }),
  );
  const body = fc.record({
    tools: fc.jsonValue({ maxDepth: 1 }),
    contents: fc.array(fc.record({ parts: fc.array(part) })),
  });
  const decide = (token: string): TokenDecision => (token === "drop" || token === "keep" ? token : { replace: "new" });
  fc.assert(
    fc.property(body, fc.constantFrom(0, 1), (value, indent) => {
      const written = JSON.stringify(value, null, indent);
      const expected = JSON.parse(written, (key, member) => {
        if (key !== "thoughtSignature") return member;
        return member === "drop" ? undefined : member === "swap" ? "new" : member;
      });
      expect(JSON.parse(replaced(written, decide) ?? written)).toEqual(expected);
    }),
  );
});

test("F7 the body that is forwarded is the caller's own, but for a model that it names", () => {
  const forwarded = (written: string) =>
    text(codec.forwardRequest(decodeJsonBody(bytes(written)), { model: "new", askUsage: true }));
  const plain = '{ "contents":[], "x":1e400 }';
  expect(forwarded(plain)).toBe(plain);
  expect(forwarded('{"model" : "models/old", "x":-0}')).toBe('{"model" : "models/new", "x":-0}');
  expect(forwarded('{"generateContentRequest":{ "model":"old"}}')).toBe('{"generateContentRequest":{ "model":"new"}}');
  expect(forwarded('{"requests":[ {"model":"models/a"}, {"model":"models/a","content":{}}]}')).toBe(
    '{"requests":[ {"model":"models/new"}, {"model":"models/new","content":{}}]}',
  );
});
