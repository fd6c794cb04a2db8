/**
 * The caller's headers that go upstream in OpenAI's protocols. A closed list: keys, cookies, hop-by-hop, forwarding and
 * `x-tokligence-*` headers never do, nor does anything nobody has thought of.
 */
export const openAiForwardedHeaders: readonly string[] = ["openai-beta"];

/** Picks the headers that may be forwarded; `get` looks one up by its lower-case name. */
export function forwardedHeaders(get: (name: string) => string | null | undefined): Readonly<Record<string, string>> {
  const forwarded: Record<string, string> = {};
  for (const name of openAiForwardedHeaders) {
    const value = get(name);
    if (value !== null && value !== undefined) forwarded[name] = value;
  }
  return forwarded;
}
