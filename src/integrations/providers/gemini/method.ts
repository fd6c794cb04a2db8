import { parseObject } from "#core/wire/json-value.ts";
import type { Draft } from "#integrations/providers/endpoint.ts";

/** What stands behind a model's name in an address, and in its query. */
export interface GeminiMethod {
  readonly suffix: string;
  readonly query: Readonly<Record<string, string>>;
}

const plain: Readonly<Record<string, string>> = {};
const sse: Readonly<Record<string, string>> = { alt: "sse" };

/** The method of Gemini's API that a request calls. */
export function geminiMethod({ protocol, streamed, body }: Draft): GeminiMethod {
  switch (protocol) {
    case "gemini-count-tokens":
      return { suffix: ":countTokens", query: plain };
    case "gemini-embeddings":
      return { suffix: isBatch(body) ? ":batchEmbedContents" : ":embedContent", query: plain };
    default:
      return streamed ? { suffix: ":streamGenerateContent", query: sse } : { suffix: ":generateContent", query: plain };
  }
}

const isBatch = (body: Uint8Array): boolean => parseObject(body)?.["requests"] !== undefined;
