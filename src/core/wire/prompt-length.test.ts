import { expect, test } from "bun:test";
import { promptLengthIn } from "#core/wire/prompt-length.ts";

test("pitfall 74 both numbers are found in every provider's wording", () => {
  const rows: [string, number, number][] = [
    ["prompt is too long: 3333404 tokens > 200000 maximum", 3_333_404, 200_000],
    ["input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease", 222_000, 200_000],
    ["The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).", 1_250_074, 1_048_576],
    [
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130,001 tokens.",
      130_001,
      128_000,
    ],
    [
      "This endpoint's maximum context length is 200000 tokens. However, you requested about 2500021 tokens (2500021 of text input).",
      2_500_021,
      200_000,
    ],
    ["This model's maximum prompt length is 131072 but the request contains 500000 tokens.", 500_000, 131_072],
    ["The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 5000, 4096],
    [
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      40_000,
      32_768,
    ],
    ["the request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it", 9000, 4096],
  ];
  for (const [words, tokens, maxTokens] of rows)
    expect([words, promptLengthIn(words)]).toEqual([words, { tokens, maxTokens }]);
});

test("a wording without numbers is known too, and one about anything else is not", () => {
  for (const words of [
    "context_length_exceeded",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "Input is too long for requested model.",
    "Please reduce the length of the messages or completion.",
  ]) {
    expect([words, promptLengthIn(words)]).toEqual([words, {}]);
  }
  for (const words of ["", "max_tokens is too large: 50000", "string too long. Expected at most 64", "Invalid tool"]) {
    expect([words, promptLengthIn(words)]).toEqual([words, undefined]);
  }
});
