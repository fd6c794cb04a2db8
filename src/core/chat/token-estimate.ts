import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatRequest, MediaPart, Part, Tool } from "#core/chat/request.ts";

/** Characters of text that make one token, over languages and code. */
export const charactersPerToken = 3.6;

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
      typeof input === "string" ? input.length / charactersPerToken : input.length,
    );
    return Math.ceil(tokens.reduce((sum, count) => sum + count, 0));
  }
  return Math.ceil(chatTokens(request.chat));
}

function chatTokens({ messages, tools, responseFormat }: ChatRequest): number {
  let tokens = 0;
  for (const { parts } of messages) for (const part of parts) tokens += partTokens(part);
  for (const tool of tools) tokens += toolTokens(tool);
  const schema = responseFormat?.type === "json-schema" ? JSON.stringify(responseFormat.schema) : "";
  return tokens + schema.length / charactersPerToken;
}

function partTokens(part: Part): number {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return part.text.length / charactersPerToken;
    case "media":
      return tokensOfMedia[part.kind];
    case "tool-call":
      return (part.name.length + part.argumentsText.length) / charactersPerToken;
    case "tool-result":
      return part.parts.reduce((sum, inner) => sum + partTokens(inner), 0);
    case "foreign":
      return 0;
  }
}

function toolTokens(tool: Tool): number {
  if (tool.kind === "hosted") return 0;
  const { name, description = "", parameters, grammar } = tool;
  const shape = JSON.stringify(parameters ?? grammar?.definition ?? "");
  return (name.length + description.length + shape.length) / charactersPerToken;
}
