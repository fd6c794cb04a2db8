import { expect, test } from "bun:test";
import { chatOf } from "#core/chat/canonical-request.ts";
import { codecs } from "#core/wire/codecs.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bodies that name no limit, and what they are with one of 77. */
const bodies: readonly [Protocol, string, string][] = [
  [
    "openai-chat",
    '{"model":"m","messages":[{"role":"user","content":"a"}]}',
    '{"model":"m","messages":[{"role":"user","content":"a"}],"max_completion_tokens":77}',
  ],
  [
    "openai-chat",
    '{ "max_completion_tokens" : null, "model":"m","messages":[{"role":"user","content":"a"}], "seed":12345678901234567890 }',
    '{ "max_completion_tokens" : 77, "model":"m","messages":[{"role":"user","content":"a"}], "seed":12345678901234567890 }',
  ],
  ["openai-completions", '{"model":"m","prompt":"a"}', '{"model":"m","prompt":"a","max_tokens":77}'],
  ["openai-responses", '{"model":"m","input":"a"}', '{"model":"m","input":"a","max_output_tokens":77}'],
  [
    "gemini-generate",
    '{"contents":[{"parts":[{"text":"a"}]}]}',
    '{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":77}}',
  ],
  [
    "gemini-generate",
    '{"generationConfig":{"topK":1.0},"contents":[{"parts":[{"text":"a"}]}]}',
    '{"generationConfig":{"topK":1.0,"maxOutputTokens":77},"contents":[{"parts":[{"text":"a"}]}]}',
  ],
  [
    "gemini-generate",
    '{"generation_config":{},"contents":[{"parts":[{"text":"a"}]}]}',
    '{"generation_config":{"maxOutputTokens":77},"contents":[{"parts":[{"text":"a"}]}]}',
  ],
  [
    "gemini-generate",
    '{"generationConfig":null,"contents":[{"parts":[{"text":"a"}]}]}',
    '{"generationConfig":{"maxOutputTokens":77},"contents":[{"parts":[{"text":"a"}]}]}',
  ],
];

test.each(bodies)("%s is given a limit where it names none, every other byte stays: %s", (protocol, body, limited) => {
  const codec = codecs[protocol];
  const forwarding = { model: "m", askUsage: false, outputLimit: 77, limitField: "max_completion_tokens" } as const;
  const bytes = codec.forwardRequest(decodeJsonBody(encoder.encode(body)), forwarding);
  expect(decoder.decode(bytes)).toBe(limited);
  const request = codec.decodeRequest(decodeJsonBody(bytes), { model: "m" });
  expect(chatOf(request).maxOutputTokens).toBe(77);
});

test("every answer that legacy completions make counts: of each prompt, and drafts that are thrown away", () => {
  const choices = (body: string): number =>
    chatOf(codecs["openai-completions"].decodeRequest(decodeJsonBody(encoder.encode(body)), {})).choices;
  expect(choices('{"model":"m","prompt":"a"}')).toBe(1);
  expect(choices('{"model":"m","prompt":["a","b"],"n":2,"best_of":3}')).toBe(6);
  expect(choices('{"model":"m","prompt":[1,2,3],"n":2}')).toBe(2);
  expect(choices('{"model":"m","prompt":[[1,2],[3]]}')).toBe(2);
});
