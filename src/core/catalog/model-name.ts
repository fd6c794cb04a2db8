import { withoutDate } from "#core/catalog/undated-name.ts";

/** Vendors as Bedrock writes them before the model, with or without a region. */
const bedrockVendor =
  /^(?:[a-z]{2,6}(?:-[a-z]+)?\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|writer|zai)\./;

/**
 * The name under which the catalogue knows a model: lower case, without whom it is bought from (`openrouter/anthropic/…`,
 * `us.anthropic.…`), without date (`-20250929`, `@20250929`), version (`-v1:0`) and variant (`:free`, `[1m]`, `-latest`).
 */
export function catalogName(model: string): string {
  const plain = model
    .slice(model.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/\[[^\]]*\]$/, "")
    .replace(/[:@].*$/, "")
    .replace(bedrockVendor, "")
    .replace(/-v\d+$/, "")
    .replace(/-latest$/, "");
  const undated = withoutDate(plain) ?? plain;
  return undated.startsWith("claude") ? undated.replaceAll(".", "-") : undated;
}
