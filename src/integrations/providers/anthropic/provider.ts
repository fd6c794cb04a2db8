import type { Digest } from "#core/effects/digest.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { anthropicAddress, anthropicVersion } from "#integrations/providers/anthropic/address.ts";
import { type BedrockOptions, bedrockEndpoint } from "#integrations/providers/anthropic/bedrock-endpoint.ts";
import { claudeOnVertex } from "#integrations/providers/anthropic/vertex-endpoint.ts";
import type { Endpoint } from "#integrations/providers/endpoint.ts";
import { createHttpProvider, type HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import { protocolChoice } from "#integrations/providers/protocol-choice.ts";
import type { VertexOptions } from "#integrations/providers/vertex-models.ts";

/** What a provider of the type `anthropic` is made from. */
export interface AnthropicOptions extends HttpProviderParts {
  /** Anthropic's own when absent; with or without `/v1`. */
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  /** `x-api-key`, or `authorization` for a bearer token. */
  readonly authHeader: string;
  readonly query: Readonly<Record<string, string>>;
  /** The cloud that hosts it; Anthropic itself when absent. */
  readonly cloud?: BedrockOptions | VertexOptions;
  /** Signs calls to Bedrock. */
  readonly digest: Digest;
}

/**
 * Anthropic's Messages at Anthropic, at anybody who speaks them, on Bedrock (which counts no tokens) or on Vertex. Throws
 * `config_invalid` on a bad base URL.
 */
export function createAnthropicProvider(options: AnthropicOptions): Provider {
  const { cloud, codecs } = options;
  const counts = cloud?.variant !== "bedrock";
  return createHttpProvider(options, {
    type: "anthropic",
    dialect: authorDialect,
    endpoint: endpointOf(options),
    speaks: protocolChoice(codecs, {
      own: counts ? ["anthropic-messages", "anthropic-count-tokens"] : ["anthropic-messages"],
      chat: () => "anthropic-messages",
      ...(counts ? { count: "anthropic-count-tokens" } : {}),
    }),
    // The clouds take pictures as bytes alone.
    needsBytes: () => cloud !== undefined,
  });
}

function endpointOf(options: AnthropicOptions): Endpoint {
  const { cloud } = options;
  if (cloud === undefined) return anthropicEndpoint(options);
  return cloud.variant === "bedrock" ? bedrockEndpoint(cloud, options) : claudeOnVertex(cloud, options);
}

function anthropicEndpoint({ baseUrl, apiKey, authHeader, query }: AnthropicOptions): Endpoint {
  const at = anthropicAddress(baseUrl);
  const urls = { messages: at("/messages", query), count: at("/messages/count_tokens", query) };
  return {
    address: ({ protocol, headers, body }) => ({
      url: protocol === "anthropic-count-tokens" ? urls.count : urls.messages,
      headers: { ...anthropicVersion, ...headers, ...credentialHeaders(authHeader, apiKey) },
      body,
    }),
  };
}
