import { GatewayError } from "#core/errors.ts";
import type { Secret } from "#core/secret.ts";
import type { Protocol } from "#core/wire/codec.ts";

const paths: Readonly<Record<Protocol, string>> = {
  "openai-chat": "/chat/completions",
  "openai-embeddings": "/embeddings",
};

/**
 * Where a protocol is spoken: the base URL with the protocol's path behind its own, and the query parameters added to
 * every call. Throws `config_invalid` when the base URL is none or carries credentials.
 */
export function endpointUrl(baseUrl: string, protocol: Protocol, query: Readonly<Record<string, string>>): string {
  const url = parseBaseUrl(baseUrl);
  url.pathname = url.pathname.replace(/\/+$/, "") + paths[protocol];
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** The headers that prove who we are: `authorization` carries a bearer token, any other header the bare key. */
export function credentialHeaders(
  authHeader: string,
  apiKey: Secret | undefined,
  organization: string | undefined,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const name = authHeader.toLowerCase();
  if (apiKey !== undefined) headers[name] = name === "authorization" ? `Bearer ${apiKey.reveal()}` : apiKey.reveal();
  if (organization !== undefined) headers["openai-organization"] = organization;
  return headers;
}

function parseBaseUrl(baseUrl: string): URL {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new GatewayError("config_invalid", "A provider's base_url must be an http or https URL without credentials.");
  }
  url.hash = "";
  return url;
}
