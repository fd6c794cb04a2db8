/** Names whose type goes without saying. */
const typeByName: Readonly<Record<string, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "gemini",
  gemini: "gemini",
  local: "local",
  loopback: "loopback",
  marketplace: "marketplace",
};

/** The type said, else the one that a preset or the name implies; undefined when nothing tells. */
export function providerTypeOf(
  name: string,
  said: { readonly type?: unknown; readonly preset?: unknown },
): string | undefined {
  if (typeof said.type === "string") return said.type;
  if (said.preset !== undefined) return "openai-compatible";
  return Object.hasOwn(typeByName, name) ? typeByName[name] : undefined;
}
