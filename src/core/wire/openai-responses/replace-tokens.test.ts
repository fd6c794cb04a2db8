import { expect, test } from "bun:test";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";

const encoder = new TextEncoder();
const replaced = (text: string, decide: Parameters<typeof codec.replaceTokens>[1]) => {
  const bytes = codec.replaceTokens(decodeJsonBody(encoder.encode(text)), decide);
  return bytes && new TextDecoder().decode(bytes);
};

const other = '{"type":"message", "role":"user","content":"a, ] \\" [", "n":1e400}';
const thought = (token: string) => `{"type":"reasoning","summary":[],"encrypted_content": "${token}"}`;
const bodyOf = (items: readonly string[]) => `{"model":"m","input":[ ${items.join(" , ")} ],"x":12345678901234567890}`;

test("pitfall 38: thinking whose token is dropped goes, other tokens are put in place, everything else stays byte for byte", () => {
  const body = bodyOf([thought("drop"), other, thought("keep"), thought("change"), other]);
  const written = replaced(body, (token) =>
    token === "drop" ? "drop" : token === "keep" ? "keep" : { replace: "new" },
  );
  expect(written).toBe(bodyOf([other, thought("keep"), thought("new"), other]));
});

test("a body without tokens, or with none to change, is not written anew", () => {
  expect(replaced(bodyOf([other, thought("a")]), () => "keep")).toBeUndefined();
  expect(replaced('{"model":"m","input":"hi"}', () => "drop")).toBeUndefined();
  expect(replaced('{"model":"m"}', () => "drop")).toBeUndefined();
});

test("pitfall 36: a forwarded body changes nothing but its model", () => {
  const body = decodeJsonBody(encoder.encode(bodyOf([other, thought("a")])));
  const forwarded = codec.forwardRequest(body, { model: "up", askUsage: true });
  expect(new TextDecoder().decode(forwarded)).toBe(bodyOf([other, thought("a")]).replace('"m"', '"up"'));
});
