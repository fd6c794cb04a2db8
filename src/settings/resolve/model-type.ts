import { catalogName } from "#core/catalog/model-name.ts";
import type { ProviderSettings } from "#settings/settings.ts";

/** Families of models whose vendor has a protocol of its own; of open weights only servers are sure to have them. */
const families: readonly (readonly [RegExp, ProviderSettings["type"]])[] = [
  [/^gpt-oss/, "openai-compatible"],
  [/^(gpt-|chatgpt-|o\d|codex-|text-embedding-|davinci-|babbage-)/, "openai"],
  [/^claude/, "anthropic"],
  [/^gemini/, "gemini"],
  [/^loopback(-|$)/, "loopback"],
];

/** The type of provider that a model of this name is bought from; `openai-compatible` where the name tells nothing. */
export function modelTypeOf(model: string): ProviderSettings["type"] {
  const name = catalogName(model);
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? "openai-compatible";
}
