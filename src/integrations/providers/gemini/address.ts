import { BaseUrl } from "#integrations/providers/base-url.ts";

/** Addresses of the Gemini API at Google, or at a base URL with or without a version. Throws `config_invalid` on a bad base URL. */
export function geminiAddress(baseUrl = "https://generativelanguage.googleapis.com"): BaseUrl["at"] {
  return new BaseUrl(baseUrl).versioned("/v1beta");
}
