/** The caller's headers that go upstream in Anthropic's protocols. A closed list. */
export const anthropicForwardedHeaders: readonly string[] = ["anthropic-beta", "anthropic-version"];
