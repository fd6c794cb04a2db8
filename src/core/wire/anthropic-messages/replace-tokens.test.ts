import { expect, test } from "bun:test";
import fc from "fast-check";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import type { TokenDecision } from "#core/wire/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const encoder = new TextEncoder();

function replaced(text: string, decide: (token: string) => TokenDecision): string | undefined {
  const bytes = codec.replaceTokens(decodeJsonBody(encoder.encode(text)), decide);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

const decide = (token: string): TokenDecision => {
  if (token.startsWith("foreign")) return "drop";
  return token.startsWith("wrapped") ? { replace: `raw"${token.slice(7)}` } : "keep";
};

test("pitfall 36: a body whose tokens all stay is not touched", () => {
  const text = '{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"own"}]}]}';
  expect(replaced(text, decide)).toBeUndefined();
  expect(replaced('{"model":"m","messages":"?"}', decide)).toBeUndefined();
});

test("pitfall 38, T-18: thinking with a foreign token goes, and all other bytes stay", () => {
  const foreign = '{"type":"thinking","thinking":"Hm, [{\\"}","signature":"foreign1"}';
  const redacted = '{ "data":"foreign2", "type":"redacted_thinking" }';
  const text = (before: string, between: string, last: string): string =>
    `{ "n": 1.50, "messages": [ {"role":"user","content":"hi"} , {"content" : [${before}{"type":"text","text":"a]"}${between}${last}] , "role":"assistant"}], "x":{} }`;
  expect(replaced(text(`${foreign} , `, ` , ${redacted}`, ""), decide)).toBe(text("", "", ""));
  const own = ' ,{"type":"tool_use","id":"t","name":"f","input":{"k":[1,2]}}';
  expect(replaced(text(`${foreign},${redacted}, `, `,${foreign}`, own), decide)).toBe(text("", "", own));
});

test("pitfall 39: a wrapped token is unwrapped where it stands", () => {
  const text = (signature: string): string =>
    `{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":${signature}}, 5]}]}`;
  expect(replaced(text('"wrapped1"'), decide)).toBe(text('"raw\\"1"'));
});

test("a message of which nothing is left goes with its thinking", () => {
  const user = '{"role":"user","content":"hi"}';
  const gone = '{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"foreign"}]}';
  expect(replaced(`{"messages":[${gone},${user},${gone},${user}]}`, decide)).toBe(`{"messages":[${user},${user}]}`);
  expect(replaced(`{"messages":[${user}, ${gone}]}`, decide)).toBe(`{"messages":[${user}]}`);
});

test("citations that were not made by Anthropic are taken off their text", () => {
  const text = (citations: string): string =>
    `{"messages":[{"role":"assistant","content":[{"type":"text","text":"a","citations":${citations}}]}]}`;
  expect(replaced(text('[{"type":"web_search_result_location","encrypted_index":""}]'), decide)).toBe(text("null"));
  expect(replaced(text('[{"type":"web_search_result_location","encrypted_index":"e"}]'), decide)).toBeUndefined();
});

test("whatever stands around them, exactly the foreign blocks go", () => {
  const block = fc.oneof<fc.Arbitrary<Readonly<Record<string, unknown>>>[]>(
    fc.record({
      type: fc.constant("thinking"),
      thinking: fc.string(),
      signature: fc.constantFrom("own", "foreign", "wrapped"),
    }),
    fc.record({ type: fc.constant("text"), text: fc.string() }),
    fc.record({ type: fc.constant("tool_use"), input: fc.jsonValue() }),
  );
  const message = fc.record({
    role: fc.constant("assistant"),
    content: fc.oneof(fc.string(), fc.array(block, { maxLength: 5 })),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.constantFrom(0, 1, 3), (messages, indent) => {
      const keeps = (candidate: Readonly<Record<string, unknown>>): boolean => candidate["signature"] !== "foreign";
      const unwrap = (candidate: Readonly<Record<string, unknown>>): unknown =>
        candidate["signature"] === "wrapped" ? { ...candidate, signature: 'raw"' } : candidate;
      const expected = messages.flatMap(({ role, content }): unknown[] => {
        if (typeof content === "string") return [{ role, content }];
        const kept = content.filter(keeps);
        return content.length > 0 && kept.length === 0 ? [] : [{ role, content: kept.map(unwrap) }];
      });
      const text = JSON.stringify({ messages }, undefined, indent);
      const actual: unknown = JSON.parse(replaced(text, decide) ?? text);
      expect(actual).toEqual(JSON.parse(JSON.stringify({ messages: expected })));
    }),
  );
});
