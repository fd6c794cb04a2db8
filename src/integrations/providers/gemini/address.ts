import { BaseUrl } from "#integrations/providers/base-url.ts";

/** Addresses of the Gemini API at Google, or at a base URL with or without a version. Throws `config_invalid` on a bad base URL. */
export function geminiAddress(baseUrl = "https://generativelanguage.googleapis.com"): BaseUrl["at"] {
  const base = new BaseUrl(baseUrl);
  const version = base.hasVersion ? "" : "/v1beta";
  return (path, query) => base.at(version + path, query);
}
