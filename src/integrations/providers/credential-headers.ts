import type { Secret } from "#core/secret.ts";

/** The header that proves who we are: `authorization` carries a bearer token, any other header the bare key. */
export function credentialHeaders(authHeader: string, apiKey: Secret | undefined): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {};
  const name = authHeader.toLowerCase();
  return { [name]: name === "authorization" ? `Bearer ${apiKey.reveal()}` : apiKey.reveal() };
}
