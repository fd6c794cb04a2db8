import type { ProviderConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings } from "#settings/settings.ts";

type ProviderType = ProviderSettings["type"];

/** Keys that say something to some types of provider only. */
const ownKeys: readonly (readonly [keyof ProviderConfiguration, readonly ProviderType[]])[] = [
  ...(
    [
      "preset",
      "developer_role",
      "max_tokens_field",
      "stream_options",
      "reasoning_field",
      "custom_tools",
      "strict_tools",
      "reasoning_effort",
      "image_urls",
      "lacks",
    ] as const
  ).map((key) => [key, ["openai-compatible"]] as const),
  ["api", ["openai", "openai-compatible"]],
  ["api_keys", ["openai", "openai-compatible", "anthropic", "gemini"]],
  ["variant", ["anthropic", "gemini"]],
];

/** Of those, what a local provider may say for all of its models that it says something to. */
const sharedByModels: ReadonlySet<keyof ProviderConfiguration> = new Set(
  ownKeys.map(([key]) => key).filter((key) => key !== "preset" && key !== "variant" && key !== "api_keys"),
);

/** Keys that say something on a cloud only. */
const cloudKeys: readonly (readonly [keyof ProviderConfiguration, readonly string[]])[] = [
  ["region", ["bedrock", "vertex"]],
  ["project", ["vertex"]],
  ["access_key_id", ["bedrock"]],
  ["secret_access_key", ["bedrock"]],
  ["session_token", ["bedrock"]],
];

/** What a provider is told that does not fit its type, or what its type still needs: key and words, for each. */
export function misfits(type: ProviderType, said: ProviderConfiguration): readonly (readonly [string, string])[] {
  const { variant } = said;
  const found: (readonly [string, string])[] = [];
  for (const [key, types] of ownKeys) {
    if (said[key] === undefined || types.includes(type) || (type === "local" && sharedByModels.has(key))) continue;
    found.push([key, `only ${types.join(" and ")} ${types.length === 1 ? "has" : "have"} it`]);
  }
  for (const [key, variants] of cloudKeys) {
    if (said[key] !== undefined && (variant === undefined || !variants.includes(variant))) {
      found.push([key, `needs variant = ${variants.join(" or ")}`]);
    }
  }
  if (variant === "bedrock" && type === "gemini") found.push(["variant", "bedrock hosts no gemini"]);
  const wanted = variant === undefined ? [] : variant === "bedrock" ? ["region"] : ["project", "region"];
  for (const key of wanted) {
    if (Reflect.get(said, key) === undefined) found.push([key, `is missing; variant = ${variant} needs it`]);
  }
  return found;
}
