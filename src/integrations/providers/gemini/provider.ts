import type { Provider } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import type { Endpoint } from "#integrations/providers/endpoint.ts";
import { geminiAddress } from "#integrations/providers/gemini/address.ts";
import { geminiMethod } from "#integrations/providers/gemini/method.ts";
import { vertexBody } from "#integrations/providers/gemini/vertex-body.ts";
import { createHttpProvider, type HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { protocolChoice } from "#integrations/providers/protocol-choice.ts";
import { vertexModels, type VertexOptions } from "#integrations/providers/vertex-models.ts";

/** What a provider of the type `gemini` is made from. */
export interface GeminiOptions extends HttpProviderParts {
  /** Google's own when absent; with or without a version. */
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  /** `x-goog-api-key`, or `authorization` for a bearer token. */
  readonly authHeader: string;
  readonly query: Readonly<Record<string, string>>;
  /** Vertex AI in place of the Gemini API. */
  readonly cloud?: VertexOptions;
}

/** Google's Gemini API, or the same models on Vertex, without embeddings. Throws `config_invalid` on a bad base URL. */
export function createGeminiProvider(options: GeminiOptions): Provider {
  const { cloud } = options;
  const vertex = cloud !== undefined;
  return createHttpProvider(options, {
    type: "gemini",
    dialect: authorDialect,
    endpoint: vertex ? geminiOnVertex(cloud, options) : geminiEndpoint(options),
    speaks: protocolChoice(options.codecs, {
      own: ["gemini-generate", "gemini-count-tokens", ...(vertex ? [] : (["gemini-embeddings"] as const))],
      chat: () => "gemini-generate",
      ...(vertex ? {} : { embeddings: "gemini-embeddings" }),
      count: "gemini-count-tokens",
    }),
    // Web addresses are taken by its newest models alone, and not every site lets them in.
    needsBytes: () => true,
  });
}

function geminiEndpoint({ baseUrl, apiKey, authHeader, query }: GeminiOptions): Endpoint {
  const at = geminiAddress(baseUrl);
  return {
    address(draft) {
      const { headers, body } = draft;
      const method = geminiMethod(draft);
      return {
        url: at(`/${modelPath(draft.model)}${method.suffix}`, { ...query, ...method.query }),
        headers: { ...headers, ...credentialHeaders(authHeader, apiKey) },
        body,
      };
    },
  };
}

function geminiOnVertex(cloud: VertexOptions, { baseUrl, apiKey, query }: GeminiOptions): Endpoint {
  const models = vertexModels(cloud, "google", baseUrl);
  return {
    address(draft) {
      const method = geminiMethod(draft);
      const url = models(encodeURIComponent(draft.model) + method.suffix, { ...query, ...method.query });
      return {
        url,
        headers: { ...draft.headers, ...credentialHeaders("authorization", apiKey) },
        body: vertexBody(draft),
      };
    },
  };
}

/** `models/NAME`; a name that says its own kind (`tunedModels/x`) stands as it is. */
function modelPath(model: string): string {
  const path = model.split("/").map(encodeURIComponent).join("/");
  return /^(models|tunedModels)\//.test(path) ? path : `models/${path}`;
}
