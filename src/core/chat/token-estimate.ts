import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatRequest, MediaPart, Part, Tool } from "#core/chat/request.ts";

/** Characters of text that make one token, over languages and code in alphabets. */
export const charactersPerToken = 3.6;

/** The same where a character is a syllable or a word: Chinese, Japanese, Korean; 1.0 to 2.1 with public tokenizers. */
export const wideCharactersPerToken = 1.3;

/** Where the scripts of East Asia begin; nearly everything behind them costs a token or so, emoji too. */
const firstWideCharacter = 0x2e80;

/** How many characters of a text are looked at to tell its script. */
const sampledCharacters = 32;

/**
 * Tokens of a medium whose size nobody has measured: a picture of a screen, half a minute of sound at 32 tokens a second,
 * a minute of film at one small picture a second, two pages of a document with text and picture.
 */
const tokensOfMedia: Readonly<Record<MediaPart["kind"], number>> = {
  image: 1_000,
  audio: 1_000,
  video: 15_000,
  file: 3_000,
};

/** About how many tokens a request is, where no provider has counted them. */
export function estimatedInputTokens(request: CanonicalRequest): number {
  if (request.operation === "embeddings") {
    const tokens = request.embedding.inputs.map((input) =>
      typeof input === "string" ? textTokens(input) : input.length,
    );
    return Math.ceil(tokens.reduce((sum, count) => sum + count, 0));
  }
  return Math.ceil(chatTokens(request.chat));
}

function chatTokens({ messages, tools, responseFormat }: ChatRequest): number {
  let tokens = 0;
  for (const { parts } of messages) for (const part of parts) tokens += partTokens(part);
  for (const tool of tools) tokens += toolTokens(tool);
  const schema = responseFormat?.type === "json-schema" ? jsonCharacters(responseFormat.schema) : 0;
  return tokens + schema / charactersPerToken;
}

function partTokens(part: Part): number {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return textTokens(part.text);
    case "media":
      return tokensOfMedia[part.kind];
    case "tool-call":
      return textTokens(part.name) + textTokens(part.argumentsText);
    case "tool-result":
      return part.parts.reduce((sum, inner) => sum + partTokens(inner), 0);
    case "foreign":
      return 0;
  }
}

function toolTokens(tool: Tool): number {
  if (tool.kind === "hosted") return 0;
  const { name, description = "", parameters, grammar } = tool;
  const shape = jsonCharacters(parameters ?? grammar?.definition ?? "");
  return textTokens(name) + textTokens(description) + shape / charactersPerToken;
}

function textTokens(text: string): number {
  const wide = wideCharacters(text);
  return wide / wideCharactersPerToken + (text.length - wide) / charactersPerToken;
}

/** How many characters of a text cost a token or so each, told by a sample of those of a long one. */
export function wideCharacters(text: string): number {
  const step = Math.max(1, Math.ceil(text.length / sampledCharacters));
  let seen = 0;
  let wide = 0;
  for (let index = 0; index < text.length; index += step) {
    seen += 1;
    if (text.charCodeAt(index) >= firstWideCharacter) wide += 1;
  }
  return wide === 0 ? 0 : (text.length * wide) / seen;
}

/** How long a value is as JSON, escapes apart. Counted, not written: the schemas of an agent's tools are long. */
function jsonCharacters(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return String(value).length;
  let characters = 1;
  if (Array.isArray(value)) for (const item of value) characters += jsonCharacters(item) + 1;
  else for (const [name, field] of Object.entries(value)) characters += name.length + 4 + jsonCharacters(field);
  return Math.max(2, characters);
}
