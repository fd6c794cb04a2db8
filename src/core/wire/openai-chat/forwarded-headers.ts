/**
 * The caller's headers that go upstream in OpenAI's protocols. A closed list: keys, cookies, hop-by-hop, forwarding and
 * `x-tokligence-*` headers never do, nor does anything nobody has thought of.
 */
export const openAiForwardedHeaders: readonly string[] = ["openai-beta"];
