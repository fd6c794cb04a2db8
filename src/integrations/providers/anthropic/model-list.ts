import type { Secret } from "#core/secret.ts";
import type { Codec } from "#core/wire/codec.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { anthropicAddress, anthropicVersion } from "#integrations/providers/anthropic/address.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import { type ModelListing, namesIn } from "#integrations/providers/model-list.ts";

/** What is asked for at Anthropic is made from. */
export interface AnthropicListOptions {
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  readonly authHeader: string;
  readonly query: Readonly<Record<string, string>>;
}

/** `GET /v1/models` with as many a page as there may be. Throws `config_invalid` on a bad base URL. */
export function anthropicModelListing(options: AnthropicListOptions, codec: Codec): ModelListing {
  const { baseUrl, apiKey, authHeader, query } = options;
  return {
    url: anthropicAddress(baseUrl)("/models", { ...query, limit: "1000" }),
    headers: { ...anthropicVersion, ...credentialHeaders(authHeader, apiKey) },
    codec,
    read: (answer) => namesIn(recordOf(answer)?.["data"], "id"),
  };
}
