/** Ids of 64 bits, as databases and chat services have them, in what tools are told and answer. */
import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { translate } from "#core/translation/translate.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const protocols = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate"] as const;
const utf8 = new TextEncoder();
const id = "1234567890123456789";
const facts = createCatalog().factsOf("m");

const histories: readonly (readonly [Protocol, string])[] = [
  [
    "anthropic-messages",
    `{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use",
      "id":"t","name":"f","input":{"id":${id}}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]}`,
  ],
  [
    "gemini-generate",
    `{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"id":${id}}}}]},{"role":"user","parts":[
      {"functionResponse":{"name":"f","response":{"rows":[{"id":${id}}]}}}]}]}`,
  ],
];

for (const [caller, text] of histories) {
  test(`F7: long ids in calls and results of ${caller} reach every provider in their own digits`, () => {
    const request = codecs[caller].decodeRequest(decodeJsonBody(utf8.encode(text)), { model: "m" });
    for (const provider of protocols) {
      const call = { ...callOf({}), protocol: caller, upstreamProtocol: provider, request };
      const target = { model: "m", facts, dialect: authorDialect, provider: "p" };
      const sent = new TextDecoder().decode(translate(codecs[provider], codecs[caller], call, target).body);
      expect(sent.match(/\d{17,}/g)).toEqual(text.match(/\d{17,}/g));
    }
  });
}

test("F7: long ids in a call that a provider answers with reach the caller in their own digits", () => {
  const options = { keepUsage: true, requestId: "req_1" };
  const called = `{"functionCall":{"name":"f","args":{"id":${id}}}}`;
  const gemini = `{"candidates":[{"content":{"parts":[${called}]},"finishReason":"STOP"}]}`;
  const used = `{"type":"tool_use","id":"t","name":"f","input":{"id":${id}}}`;
  const anthropic = `{"id":"m","type":"message","role":"assistant","content":[${used}],"stop_reason":"tool_use"}`;
  const streamed = codecs["gemini-generate"].createDecoder(options).push(utf8.encode(`data: ${gemini}\r\n\r\n`));
  const answers = [
    codecs["gemini-generate"].decodeWhole(utf8.encode(gemini), options),
    codecs["anthropic-messages"].decodeWhole(utf8.encode(anthropic), options),
    streamed.flatMap(({ events }) => events),
  ];
  for (const events of answers) {
    expect(events).toContainEqual({ type: "tool-arguments", choice: 0, call: 0, text: `{"id":${id}}` });
  }
});
