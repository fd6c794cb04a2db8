import type { Provider } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { BaseUrl } from "#integrations/providers/base-url.ts";
import { createHttpProvider, type HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { openAiEndpoint, openAiNeedsBytes } from "#integrations/providers/openai-endpoint.ts";
import { protocolChoice } from "#integrations/providers/protocol-choice.ts";

/** What a provider of the type `openai` is made from. */
export interface OpenAiOptions extends HttpProviderParts {
  /** OpenAI's own when absent. A bare host means its `/v1`; any path stands as it is. */
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  readonly authHeader: string;
  readonly organization?: string;
  readonly query: Readonly<Record<string, string>>;
  /** The only API through which callers are answered; when absent their own, and what suits the model for others. */
  readonly api?: "chat" | "responses";
}

/** OpenAI itself: chat completions, Responses, embeddings, legacy completions. Throws `config_invalid` on a bad base URL. */
export function createOpenAiProvider(options: OpenAiOptions): Provider {
  const { codecs, facts, api } = options;
  const speaks = protocolChoice(codecs, {
    own: [
      ...(api === "responses" ? [] : (["openai-chat"] as const)),
      ...(api === "chat" ? [] : (["openai-responses"] as const)),
      "openai-completions",
      "openai-embeddings",
      "openai-count-tokens",
    ],
    chat: (model) => ((api ?? facts(model).preferredApi) === "responses" ? "openai-responses" : "openai-chat"),
    embeddings: "openai-embeddings",
    count: "openai-count-tokens",
  });
  return createHttpProvider(options, {
    type: "openai",
    dialect: authorDialect,
    endpoint: openAiEndpoint({ ...options, baseUrl: openAiBaseUrl(options.baseUrl) }),
    speaks(protocol, model) {
      const refusesTools = protocol === "openai-chat" && api === undefined && !facts(model).toolsInChat;
      return refusesTools ? "openai-responses" : speaks(protocol, model);
    },
    needsBytes: openAiNeedsBytes,
  });
}

/** Where OpenAI's protocols are: at OpenAI when nothing is said. Throws `config_invalid` on a bad base URL. */
export function openAiBaseUrl(text = "https://api.openai.com/v1"): BaseUrl {
  const url = new BaseUrl(text);
  return url.path === "" ? new BaseUrl(url.at("/v1")) : url;
}
