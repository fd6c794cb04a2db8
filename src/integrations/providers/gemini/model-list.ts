import type { Secret } from "#core/secret.ts";
import type { Codec } from "#core/wire/codec.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import { geminiAddress } from "#integrations/providers/gemini/address.ts";
import { type ModelListing, namesIn } from "#integrations/providers/model-list.ts";

/** What is asked for at the Gemini API is made from. */
export interface GeminiListOptions {
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  readonly authHeader: string;
  readonly query: Readonly<Record<string, string>>;
}

/** `GET /v1beta/models` with as many a page as there may be. Throws `config_invalid` on a bad base URL. */
export function geminiModelListing(options: GeminiListOptions, codec: Codec): ModelListing {
  const { baseUrl, apiKey, authHeader, query } = options;
  return {
    url: geminiAddress(baseUrl)("/models", { ...query, pageSize: "1000" }),
    headers: credentialHeaders(authHeader, apiKey),
    codec,
    read: (answer) => namesIn(recordOf(answer)?.["models"], "name")?.map((name) => name.replace(/^models\//, "")),
  };
}
