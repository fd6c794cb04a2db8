import type { Provider } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import type { Dialect } from "#core/wire/dialect.ts";
import { BaseUrl } from "#integrations/providers/base-url.ts";
import { createHttpProvider, type HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { openAiEndpoint, openAiNeedsBytes } from "#integrations/providers/openai-endpoint.ts";
import { protocolChoice } from "#integrations/providers/protocol-choice.ts";

/** What a provider of the type `openai-compatible` is made from. */
export interface OpenAiCompatibleOptions extends HttpProviderParts {
  /** Version included, such as `https://api.groq.com/openai/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: Secret;
  /** `authorization` for a bearer token, else the header that carries the bare key, such as Azure's `api-key`. */
  readonly authHeader: string;
  readonly organization?: string;
  /** Query parameters added to every call. */
  readonly query: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
  /** `responses` when it has OpenAI's Responses too, which callers of other protocols are then answered through. */
  readonly api?: "chat" | "responses";
}

/**
 * A server that speaks OpenAI's chat completions: vLLM, Ollama, DeepSeek, Groq, xAI, OpenRouter, Azure and so on; how it
 * deviates from OpenAI is its dialect. Throws `config_invalid` on a bad base URL.
 */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): Provider {
  const { codecs, dialect, api = "chat" } = options;
  const responses = api === "responses";
  return createHttpProvider(options, {
    type: "openai-compatible",
    dialect,
    endpoint: openAiEndpoint({ ...options, baseUrl: new BaseUrl(options.baseUrl) }),
    speaks: protocolChoice(codecs, {
      own: [
        "openai-chat",
        "openai-completions",
        "openai-embeddings",
        ...(responses ? (["openai-responses"] as const) : []),
      ],
      chat: () => (responses ? "openai-responses" : "openai-chat"),
      embeddings: "openai-embeddings",
    }),
    needsBytes: (protocol, kind) => (kind === "image" && !dialect.imageUrls) || openAiNeedsBytes(protocol, kind),
  });
}
