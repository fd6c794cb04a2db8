import type { Secret } from "#core/secret.ts";

/**
 * The header that proves who we are: `authorization` carries a bearer token, any other header the bare key. Asked for at each
 * call, not before: a provider may be made, and its key missing, where nobody calls it.
 */
export function credentialHeaders(authHeader: string, apiKey: Secret | undefined): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {};
  const name = authHeader.toLowerCase();
  return { [name]: name === "authorization" ? `Bearer ${apiKey.reveal()}` : apiKey.reveal() };
}
