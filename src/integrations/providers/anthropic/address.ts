import { BaseUrl } from "#integrations/providers/base-url.ts";

/** What the gateway itself speaks; a caller of the same protocol says its own. */
export const anthropicVersion: Readonly<Record<string, string>> = { "anthropic-version": "2023-06-01" };

/** Addresses at Anthropic, or at a base URL with or without `/v1`. Throws `config_invalid` on a bad base URL. */
export function anthropicAddress(baseUrl = "https://api.anthropic.com"): BaseUrl["at"] {
  return new BaseUrl(baseUrl).versioned("/v1");
}
