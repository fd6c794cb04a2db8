import { describe, expect, test } from "bun:test";
import { chatOf } from "#core/chat/canonical-request.ts";
import { GatewayError } from "#core/errors.ts";
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

test("a limit that is null under its other name is not said twice", () => {
  const body = decodeJsonBody(encoder.encode('{"model":"m","max_tokens":null}'));
  const forwarding = { model: "m", askUsage: false, renameLimit: true, outputLimit: 7 } as const;
  const bytes = codecs["openai-chat"].forwardRequest(body, { ...forwarding, limitField: "max_completion_tokens" });
  expect(decoder.decode(bytes)).toBe('{"model":"m","max_tokens":null,"max_completion_tokens":7}');
});

test("every answer that legacy completions make counts: of each prompt, and drafts that are thrown away", () => {
  const choices = (body: string): number =>
    chatOf(codecs["openai-completions"].decodeRequest(decodeJsonBody(encoder.encode(body)), {})).choices;
  expect(choices('{"model":"m","prompt":"a"}')).toBe(1);
  expect(choices('{"model":"m","prompt":["a","b"],"n":2,"best_of":3}')).toBe(6);
  expect(choices('{"model":"m","prompt":[1,2,3],"n":2}')).toBe(2);
  expect(choices('{"model":"m","prompt":[[1,2],[3]]}')).toBe(2);
});

describe("T-27: a limit that could be read in two ways is not read in one of them", () => {
  const decoded = (protocol: Protocol, body: string) =>
    chatOf(codecs[protocol].decodeRequest(decodeJsonBody(encoder.encode(body)), { model: "m" }));
  const refused = (protocol: Protocol, body: string): unknown => {
    try {
      return decoded(protocol, body);
    } catch (error) {
      return error instanceof GatewayError ? [error.code, error.details["field"]] : error;
    }
  };
  const messages = '"model":"m","messages":[{"role":"user","content":"a"}]';
  const contents = '"contents":[{"parts":[{"text":"a"}]}]';

  test("of two names of the limit the higher one counts: providers obey one of them", () => {
    const most = (body: string) => decoded("openai-chat", `{${messages},${body}}`).maxOutputTokens;
    expect(most('"max_tokens":5,"max_completion_tokens":6')).toBe(6);
    expect(most('"max_tokens":600,"max_completion_tokens":6')).toBe(600);
    expect(most('"max_tokens":null,"max_completion_tokens":6')).toBe(6);
  });

  test.each([
    [`"generationConfig":{"maxOutputTokens":5,"maxOutputTokens":900}`, "maxOutputTokens"],
    [`"generationConfig":{"maxOutputTokens":5,"max_output_tokens":900}`, "generationConfig.max_output_tokens"],
    [`"generationConfig":{"maxOutputTokens":5},"generation_config":{"maxOutputTokens":900}`, "generation_config"],
    [`"generationConfig":{"maxOutputTokens":0}`, "generationConfig.maxOutputTokens"],
    [`"generationConfig":{"maxOutputTokens":-1}`, "generationConfig.maxOutputTokens"],
    [`"generationConfig":{"maxOutputTokens":1.5}`, "generationConfig.maxOutputTokens"],
    [`"generationConfig":{"candidateCount":1e15}`, "generationConfig.candidateCount"],
  ])("gemini %s", (config, field) => {
    expect(refused("gemini-generate", `{${contents},${config}}`)).toEqual(["invalid_request", field]);
  });

  test("what legacy completions draft is a number of drafts", () => {
    for (const drafts of ["2.5", "1e15", '"9"']) {
      expect(refused("openai-completions", `{"model":"m","prompt":"a","best_of":${drafts}}`)).toEqual([
        "invalid_request",
        "best_of",
      ]);
    }
  });

  test.each([
    ["openai-chat", `{${messages},"max_tokens":1,"Max_Tokens":900}`, "Max_Tokens"],
    ["openai-chat", `{${messages},"N":50}`, "N"],
    ["openai-responses", '{"model":"m","input":"a","MODEL":"dear"}', "MODEL"],
    ["anthropic-messages", `{${messages},"max_tokens":1,"MAX_TOKENS":900}`, "MAX_TOKENS"],
  ] as const)(
    "%s: servers that take names in any case would obey what nobody here has read: %s",
    (protocol, body, field) => {
      expect(refused(protocol, body)).toEqual(["invalid_request", field]);
    },
  );
});
