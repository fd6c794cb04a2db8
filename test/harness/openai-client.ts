import OpenAI, { type ClientOptions } from "openai";

/** The official client pointed at a gateway; it never tries again unless `options` say so. */
export function openAiClient(gateway: { readonly url: string }, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "any", maxRetries: 0, ...options });
}
