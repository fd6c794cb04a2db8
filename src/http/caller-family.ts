import type { ErrorFamily } from "#core/errors.ts";

/** Whose words a caller below `/v1`, which three families share, understands: told by what only that family sends. */
export function callerFamily(headers: Headers, query: string): ErrorFamily {
  if (headers.has("anthropic-version")) return "anthropic";
  if (headers.has("x-goog-api-key")) return "gemini";
  const parameters = new URLSearchParams(query);
  return parameters.has("key") || parameters.has("pageSize") ? "gemini" : "openai";
}
