import type { Codec } from "#core/wire/codec.ts";

/** Those of a caller's headers that may go upstream in its protocol, by lower-case name: the protocol's closed list. */
export function forwardedHeaders(codec: Codec, headers: Headers): Readonly<Record<string, string>> {
  const forwarded: Record<string, string> = {};
  for (const name of codec.forwardedHeaders) {
    const value = headers.get(name);
    if (value !== null) forwarded[name] = value;
  }
  return forwarded;
}
