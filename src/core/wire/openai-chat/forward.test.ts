import { expect, test } from "bun:test";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { plainFacts, thinkingFacts } from "#core/wire/openai-chat/samples.test-data.ts";

const encoder = new TextEncoder();
const forward = (text: string, askUsage: boolean) =>
  new TextDecoder().decode(codec.forwardRequest(decodeJsonBody(encoder.encode(text)), { model: "theirs", askUsage }));

test("a forwarded body changes in model and usage alone, and usage is asked of streams alone", () => {
  const body = '{ "seed":12345678901234567890, "model":"ours","x":{"y":1e3},"messages":[],"stream":true}';
  const patched = body.replace('"ours"', '"theirs"');
  expect(forward(body, false)).toBe(patched);
  expect(forward(body, true)).toBe(`${patched.slice(0, -1)},"stream_options":{"include_usage":true}}`);
  const unstreamed = body.replace(',"stream":true', "");
  expect(forward(unstreamed, true)).toBe(unstreamed.replace('"ours"', '"theirs"'));
});

test("pitfall 16 pitfall 15 what fits in names and ids is said to whoever rewrites them", () => {
  const { toolName, callId, tokens, stops, customTools } = codec.traits({
    model: "m",
    facts: plainFacts,
    dialect: { ...authorDialect, customTools: false },
    note: () => undefined,
  });
  expect([toolName.most, toolName.pattern.test("a.b"), toolName.pattern.test("a_B-1")]).toEqual([64, false, true]);
  expect([callId.most, tokens, stops, customTools]).toEqual([40, [], true, false]);
  const traits = codec.traits({ model: "m", facts: thinkingFacts, dialect: authorDialect, note: () => undefined });
  expect([traits.stops, traits.customTools]).toEqual([false, true]);
});

test("the protocol has no tokens to replace", () => {
  const body = decodeJsonBody(encoder.encode('{"model":"m","messages":[{"role":"assistant","signature":"x"}]}'));
  expect(codec.replaceTokens(body, () => "drop")).toBeUndefined();
});

test("pitfall 4 the limit of a forwarded request gets the name that the model knows, every other byte stays", () => {
  const renamed = (
    text: string,
    limitField: "max_tokens" | "max_completion_tokens" = "max_completion_tokens",
  ): string => {
    const body = decodeJsonBody(encoder.encode(text));
    const forwarding = { model: "theirs", askUsage: false, renameLimit: true, limitField };
    return new TextDecoder().decode(codec.forwardRequest(body, forwarding));
  };
  const messages = '"messages":[{"role":"user","content":"max_tokens"}]';
  expect(renamed(`{"model":"theirs", "max_tokens" : 5, ${messages}}`)).toBe(
    `{"model":"theirs", "max_completion_tokens" : 5, ${messages}}`,
  );
  // A server that does not know the newer name would answer without any limit.
  expect(renamed(`{"model":"theirs", "max_completion_tokens" : 5, ${messages}}`, "max_tokens")).toBe(
    `{"model":"theirs", "max_tokens" : 5, ${messages}}`,
  );
  const both = `{"model":"theirs","max_tokens":5,"max_completion_tokens":6,${messages}}`;
  expect(renamed(both)).toBe(both);
  const none = `{"model":"theirs",${messages}}`;
  expect(renamed(none)).toBe(none);
});
