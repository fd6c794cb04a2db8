/** How long a prompt was and could have been, in tokens, as far as it was said. */
export interface PromptLength {
  readonly tokens?: number;
  readonly maxTokens?: number;
}

interface Wording {
  readonly pattern: RegExp;
  /** Which group has the tokens that were sent; the other one has the limit. */
  readonly sent: 1 | 2;
}

/** The wordings that tell both numbers. Their groups are numbers, with or without thousands separators. */
const wordings: readonly Wording[] = [
  // Anthropic
  { pattern: /prompt is too long: (\d[\d,]*) tokens? > (\d[\d,]*)/i, sent: 1 },
  // Gemini
  {
    pattern: /input token count \(?(\d[\d,]*)\)? exceeds the maximum number of tokens allowed \(?(\d[\d,]*)/i,
    sent: 1,
  },
  // OpenAI and vLLM, OpenRouter, xAI
  { pattern: /maximum (?:context|prompt) length is (\d[\d,]*)(?: tokens)?\D{1,60}?(\d[\d,]*)/i, sent: 2 },
  // Older vLLM
  { pattern: /prompt \(length (\d[\d,]*)\) is longer than the maximum model length of (\d[\d,]*)/i, sent: 1 },
  // Mistral
  { pattern: /prompt contains (\d[\d,]*) tokens.*?model with (\d[\d,]*) maximum context length/i, sent: 1 },
  // llama.cpp
  { pattern: /request \((\d[\d,]*) tokens\) exceeds the available context size \((\d[\d,]*)/i, sent: 1 },
];

const sumTooLong = /input length and `?max_tokens`? exceed context limit: (\d[\d,]*) \+ (\d[\d,]*) > (\d[\d,]*)/i;

const tooLong = new RegExp(
  [
    "context_length_exceeded",
    "exceed_context_size",
    "prompt is too long",
    "input is too long for requested model",
    "exceeds? the (?:model's |available )?(?:context (?:window|size|length|limit)|maximum context)",
    "exceeds the maximum number of tokens allowed",
    "maximum (?:context|prompt) length",
    "reduce the length of the (?:messages|prompt|input)",
    "longer than the maximum model length",
    "exceed context limit",
  ].join("|"),
  "i",
);

/**
 * What a refusal says of the length of the prompt, in any provider's wording; undefined when the prompt's length is not what it
 * refuses.
 */
export function promptLengthIn(words: string): PromptLength | undefined {
  const sum = sumTooLong.exec(words);
  if (sum !== null) return lengthOf(count(sum[1]) + count(sum[2]), count(sum[3]));
  for (const { pattern, sent } of wordings) {
    const said = pattern.exec(words);
    if (said !== null) return lengthOf(count(said[sent]), count(said[sent === 1 ? 2 : 1]));
  }
  return tooLong.test(words) ? {} : undefined;
}

function count(digits: string | undefined): number {
  return Number((digits ?? "").replaceAll(",", "") || Number.NaN);
}

/** Numbers that do not say "too long" are not the numbers that were looked for. */
function lengthOf(tokens: number, maxTokens: number): PromptLength {
  return Number.isSafeInteger(tokens) && Number.isSafeInteger(maxTokens) && tokens > maxTokens
    ? { tokens, maxTokens }
    : {};
}
