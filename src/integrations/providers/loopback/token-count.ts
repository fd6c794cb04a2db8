import type { ChatRequest, EmbeddingRequest, Part } from "#core/chat/request.ts";

const encoder = new TextEncoder();
/** Bytes of UTF-8 that the loopback model calls one token. */
const bytesPerToken = 4;

/** Tokens of a text as the loopback model counts them: a quarter of its bytes, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(encoder.encode(text).length / bytesPerToken);
}

/** Tokens of everything that was said before the answer; pictures and documents count nothing. */
export function countPromptTokens({ messages }: ChatRequest): number {
  return messages.reduce((sum, { parts }) => sum + countParts(parts), 0);
}

function countParts(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + countPart(part), 0);
}

function countPart(part: Part): number {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return countTokens(part.text);
    case "tool-call":
      return countTokens(part.name) + countTokens(part.argumentsText);
    case "tool-result":
      return countParts(part.parts);
    case "media":
    case "foreign":
      return 0;
  }
}

/** Tokens of what is to be embedded; a token list counts its own length. */
export function countInputTokens(inputs: EmbeddingRequest["inputs"]): number {
  return inputs.reduce((sum, input) => sum + (typeof input === "string" ? countTokens(input) : input.length), 0);
}

/** The longest beginning of a text that is no more than `tokens` long, never half a character. */
export function cutToTokens(text: string, tokens: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (bytes > tokens * bytesPerToken) break;
    length += character.length;
  }
  return text.slice(0, length);
}
