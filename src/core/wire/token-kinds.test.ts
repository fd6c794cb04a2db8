import { expect, test } from "bun:test";
import { decodeUsage as geminiUsage } from "#core/wire/gemini-generate/token-usage.ts";
import { decodeUsage as chatUsage, encodeUsage as chatCounts } from "#core/wire/openai-chat/token-usage.ts";
import { decodeUsage as responsesUsage } from "#core/wire/openai-responses/token-usage.ts";

const media = { audioInputTokens: 30, imageInputTokens: 40, audioOutputTokens: 60 };

test("T-25 sound and pictures are read as parts of input and output, wherever a protocol says them", () => {
  const inputDetails = { audio_tokens: 30, image_tokens: 40 };
  const outputDetails = { audio_tokens: 60 };
  expect(
    chatUsage({
      prompt_tokens: 100,
      completion_tokens: 60,
      prompt_tokens_details: inputDetails,
      completion_tokens_details: outputDetails,
    }),
  ).toMatchObject(media);
  expect(
    responsesUsage({
      input_tokens: 100,
      output_tokens: 60,
      input_tokens_details: inputDetails,
      output_tokens_details: outputDetails,
    }),
  ).toMatchObject(media);
  const counts = (...pairs: readonly [string, number][]) =>
    pairs.map(([modality, tokenCount]) => ({ modality, tokenCount }));
  expect(
    geminiUsage({
      promptTokenCount: 100,
      candidatesTokenCount: 60,
      totalTokenCount: 160,
      promptTokensDetails: counts(["TEXT", 30], ["AUDIO", 30], ["IMAGE", 40]),
      candidatesTokensDetails: counts(["AUDIO", 60]),
    }),
  ).toMatchObject(media);
});

test("T-25 parts that are more than their whole are left out, the whole stays", () => {
  const usage = chatUsage({
    prompt_tokens: 50,
    completion_tokens: 5,
    prompt_tokens_details: { audio_tokens: 30, image_tokens: 40 },
    completion_tokens_details: { audio_tokens: 6 },
  });
  expect(usage).toEqual({ inputTokens: 50, outputTokens: 5 });
});

test("a caller of chat completions is told of them in OpenAI's words, and of nothing that nobody counted", () => {
  expect(chatCounts({ inputTokens: 100, outputTokens: 60, ...media })).toMatchObject({
    prompt_tokens_details: { audio_tokens: 30, image_tokens: 40 },
    completion_tokens_details: { audio_tokens: 60 },
  });
  const { prompt_tokens_details: none, completion_tokens_details: nothing } = chatCounts({ inputTokens: 1 });
  expect([none, nothing]).toEqual([undefined, undefined]);
});
