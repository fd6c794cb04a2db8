import { serverPreset, type ServerPresetName, serverPresetNames } from "#core/catalog/server-preset.ts";
import type { LocalServer } from "#core/routing/provider-check.ts";
import type { Environ } from "#settings/layers/environment-layer.ts";

/** A provider that many have a key of. */
export interface KnownProvider {
  /** Of `[provider.NAME]`. */
  readonly name: string;
  /** As its people write it. */
  readonly title: string;
  /** Variables that its own SDKs and tools read its key from, the usual one first. */
  readonly variables: readonly [string, ...string[]];
  /** Undefined where the name says the type. */
  readonly preset?: ServerPresetName;
  /** Its own models; empty for a host of other people's, whose names tell nothing. */
  readonly patterns: readonly string[];
}

/** The providers that `init` offers, best known first. */
export const knownProviders: readonly KnownProvider[] = [
  {
    name: "openai",
    title: "OpenAI",
    variables: ["OPENAI_API_KEY"],
    patterns: ["gpt-*", "o1*", "o3*", "o4*", "chatgpt-*", "text-embedding-*"],
  },
  { name: "anthropic", title: "Anthropic", variables: ["ANTHROPIC_API_KEY"], patterns: ["claude-*"] },
  { name: "google", title: "Google Gemini", variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], patterns: ["gemini-*"] },
  byPreset("openrouter", "OpenRouter", "OPENROUTER_API_KEY", ["*/*"]),
  byPreset("mistral", "Mistral", "MISTRAL_API_KEY", ["mistral-*", "ministral-*", "magistral-*", "codestral-*"]),
  byPreset("deepseek", "DeepSeek", "DEEPSEEK_API_KEY", ["deepseek-*"]),
  byPreset("xai", "xAI", "XAI_API_KEY", ["grok-*"]),
  byPreset("moonshot", "Moonshot", "MOONSHOT_API_KEY", ["kimi-*", "moonshot-*"]),
  byPreset("groq", "Groq", "GROQ_API_KEY", []),
  byPreset("together", "Together", "TOGETHER_API_KEY", []),
  byPreset("fireworks", "Fireworks", "FIREWORKS_API_KEY", []),
  byPreset("cerebras", "Cerebras", "CEREBRAS_API_KEY", []),
];

function byPreset(name: ServerPresetName, title: string, variable: string, patterns: readonly string[]): KnownProvider {
  return { name, title, variables: [variable], preset: name, patterns };
}

/** The variable that holds a key of the provider, undefined when none is set. */
export function keyVariableOf(provider: KnownProvider, environ: Environ): string | undefined {
  return provider.variables.find((name) => (environ[name] ?? "") !== "");
}

/** A provider to write down. */
export interface NewProvider {
  readonly name: string;
  readonly preset?: ServerPresetName;
  /** As it is written: a reference, or the key itself. */
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** Models that it is to be asked for by name, a route each. */
  readonly models: readonly string[];
  readonly patterns: readonly string[];
}

/** A server of this machine as a provider of the models that it has. */
export function localProvider({ name, baseUrl, models }: LocalServer): NewProvider {
  const preset = serverPresetNames.find((candidate) => candidate === name.replace("-", ""));
  return { name, ...(preset !== undefined && { preset }), baseUrl, models: models.filter(isPlainName), patterns: [] };
}

/** Whether a model's name can stand in a list and in a route; what others offer is called whatever they like. */
export function isPlainName(model: string): boolean {
  return /^[A-Za-z0-9][\w./:+-]{0,199}$/.test(model);
}

/** The values to write for a provider, by dotted key. */
export function providerValues({
  name,
  preset,
  apiKey,
  baseUrl,
  models,
}: NewProvider): Readonly<Record<string, string>> {
  const isUsual = preset !== undefined && baseUrl === serverPreset(preset).baseUrl;
  return {
    ...(preset !== undefined && { [`provider.${name}.preset`]: preset }),
    ...(baseUrl !== undefined && !isUsual && { [`provider.${name}.base_url`]: baseUrl }),
    ...(apiKey !== undefined && { [`provider.${name}.api_key`]: apiKey }),
    ...(models.length > 0 && { [`provider.${name}.models`]: models.join(", ") }),
  };
}

/** The routes to all that it has, by dotted key. */
export function routeValues({ name, models, patterns }: NewProvider): readonly (readonly [string, string])[] {
  return [...patterns, ...models].map((pattern) => [`routes.${pattern}`, name] as const);
}
