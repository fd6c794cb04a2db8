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

/** The type said, else the one the name implies; undefined when neither tells. */
export function providerTypeOf(name: string, said: unknown): string | undefined {
  if (typeof said === "string") return said;
  return Object.hasOwn(typeByName, name) ? typeByName[name] : undefined;
}
