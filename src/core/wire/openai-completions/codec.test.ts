import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { plainFacts, sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";
import { openAiCompletionsCodec as codec } from "#core/wire/openai-completions/codec.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const options = { keepUsage: true, requestId: "req_own" };

const request = (fields: object) => {
  const decoded = codec.decodeRequest(decodeJsonBody(encoder.encode(JSON.stringify({ model: "m", ...fields }))), {});
  if (decoded.operation !== "chat") throw new Error("not a chat request");
  return decoded.chat;
};

const answer: ChatEvent[] = [
  { type: "start", id: "cmpl-1", model: "gpt-4o", createdSeconds: 7 },
  { type: "text", choice: 0, text: "Hé" },
  { type: "text", choice: 1, text: "llo" },
  { type: "finish", choice: 0, reason: "stop", raw: "stop" },
  { type: "finish", choice: 1, reason: "length", raw: "length" },
  { type: "usage", usage: { inputTokens: 3, outputTokens: 2 } },
  { type: "end" },
];

test("a prompt of any form is one user message, for estimates", () => {
  const rows: [unknown, string][] = [
    ["Say hi", "Say hi"],
    [["a", "b"], "a\nb"],
    [[1, 20, 300], "1 20 300"],
    [[[1, 2], [3]], "1 2\n3"],
  ];
  for (const [prompt, text] of rows) {
    expect(request({ prompt }).messages).toEqual([{ role: "user", parts: [{ type: "text", text }] }]);
  }
  expect(request({}).messages).toEqual([{ role: "user", parts: [] }]);
  expect(request({ prompt: "x", n: 2, max_tokens: 5, stream: true, logprobs: 3 })).toMatchObject({
    choices: 2,
    maxOutputTokens: 5,
    stream: true,
  });
  expect(() => request({ prompt: { a: 1 } })).toThrow("prompt");
});

test("a request is never written anew", () => {
  const chat = request({ prompt: "x" });
  const target = { model: "m", facts: plainFacts, dialect: authorDialect, note: () => undefined };
  expect(() => codec.encodeRequest({ operation: "chat", chat }, target)).toThrow(GatewayError);
  expect(codec.fidelity).toBeUndefined();
});

test("pitfall 55 a stream is written as legacy frames, and reads as what was written", () => {
  const writer = codec.createWriter(sampleContext());
  const written = answer.map((event) => decoder.decode(writer.event(event))).join("");
  expect(written.split("\n\n")[0]).toBe(
    'data: {"id":"cmpl-1","object":"text_completion","created":7,"model":"gpt-4o","choices":[{"text":"Hé","index":0,"logprobs":null,"finish_reason":null}]}',
  );
  expect(written).toEndWith("data: [DONE]\n\n");
  const stream = codec.createDecoder(options);
  const pieces = [...stream.push(encoder.encode(written)), ...stream.end()];
  expect(pieces.flatMap((piece) => piece.events)).toEqual(answer);
  const quiet = codec.createWriter(sampleContext({ streamUsage: false }));
  expect(answer.map((event) => decoder.decode(quiet.event(event))).join("")).not.toContain("usage");
});

test("a body is written as a legacy one, and reads as what was written", () => {
  const body = codec.encodeWhole(answer, sampleContext());
  expect(codec.decodeWhole(body, options)).toEqual([
    ...answer.slice(0, 2),
    ...answer.slice(3, 4),
    ...answer.slice(2, 3),
    ...answer.slice(4),
  ]);
});

test("pitfall 57 a failure inside a stream is an error frame, and nothing follows", () => {
  const writer = codec.createWriter(sampleContext());
  const failed = decoder.decode(writer.fail(new GatewayError("upstream_truncated", "Cut.")));
  expect(failed).toStartWith('data: {"error":');
  expect(decoder.decode(writer.event({ type: "end" }))).toBe("");
});
