import { dialectWith, type Quirks, serverPreset } from "#core/catalog/server-preset.ts";
import type { Secret } from "#core/secret.ts";
import { authorDialect, type Dialect, plainDialect } from "#core/wire/dialect.ts";
import { capacityOf } from "#settings/resolve/capacity-limits.ts";
import type { ProviderConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings } from "#settings/settings.ts";

type ProviderType = ProviderSettings["type"];

/**
 * A provider that acts, in the program's words; its preset and its type fill what the configuration leaves open. Of its
 * models it knows the names alone.
 */
export function buildProvider(name: string, type: ProviderType, said: ProviderConfiguration): ProviderSettings {
  const preset = said.preset === undefined ? undefined : serverPreset(said.preset);
  const baseUrl = said.base_url ?? preset?.baseUrl;
  const cloud = cloudOf(said);
  const [apiKey, ...moreApiKeys] = keysOf(said);
  return {
    name,
    type,
    moreApiKeys,
    capacity: capacityOf(said),
    modelCapacity: new Map(),
    modelProviders: new Map(),
    authHeader: (said.auth_header ?? preset?.authHeader ?? usualHeader(type, cloud)).toLowerCase(),
    query: said.api_version === undefined ? {} : { "api-version": said.api_version },
    models: said.models,
    dialect: dialectOf(type, said, preset?.dialect),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(apiKey !== undefined && { apiKey }),
    ...(said.organization !== undefined && { organization: said.organization }),
    ...(said.timeout !== undefined && { timeoutMs: Math.round(said.timeout * 1000) }),
    ...(said.api !== undefined && { api: said.api }),
    ...(cloud !== undefined && { cloud }),
  };
}

/** All keys of a provider, each once: `api_key` first. */
function keysOf({ api_key: first, api_keys: more = [] }: ProviderConfiguration): readonly Secret[] {
  const keys = new Map<string | Secret, Secret>();
  for (const key of first === undefined ? more : [first, ...more]) {
    const known = key.isThere ? key.reveal() : key;
    if (!keys.has(known)) keys.set(known, key);
  }
  return [...keys.values()];
}

/** The keys that would prove who we are and are missing; undefined when nothing is, or nothing need be. */
export function missingKey(type: ProviderType, said: ProviderConfiguration): string | undefined {
  if (said.api_key !== undefined || (said.api_keys?.length ?? 0) > 0) return undefined;
  if (said.variant === "bedrock") {
    if (said.access_key_id === undefined) return "access_key_id";
    return said.secret_access_key === undefined ? "secret_access_key" : undefined;
  }
  if (type === "openai-compatible") return needsKey(said) ? "api_key" : undefined;
  // Each of its models has its own.
  if (type === "local") return undefined;
  // Whoever says where a provider is may have one that asks for no key.
  return type !== "loopback" && (said.base_url === undefined || said.variant === "vertex") ? "api_key" : undefined;
}

/** A well-known server elsewhere asks for one; what runs on this machine does not. */
function needsKey({ preset, base_url: baseUrl }: ProviderConfiguration): boolean {
  if (preset === undefined || baseUrl !== undefined) return false;
  return serverPreset(preset).baseUrl?.startsWith("https:") === true;
}

function usualHeader(type: ProviderType, cloud: ProviderSettings["cloud"]): string {
  if (cloud !== undefined) return "authorization";
  if (type === "anthropic") return "x-api-key";
  return type === "gemini" ? "x-goog-api-key" : "authorization";
}

function cloudOf(said: ProviderConfiguration): ProviderSettings["cloud"] {
  const { variant, region = "", project = "", access_key_id: accessKeyId, secret_access_key: secretAccessKey } = said;
  if (variant === undefined) return undefined;
  if (variant === "vertex") return { variant, region, project };
  if (accessKeyId === undefined || secretAccessKey === undefined) return { variant, region };
  const sessionToken = said.session_token === undefined ? {} : { sessionToken: said.session_token };
  return { variant, region, keys: { accessKeyId, secretAccessKey, ...sessionToken } };
}

function dialectOf(type: ProviderType, said: ProviderConfiguration, preset: Dialect | undefined): Dialect {
  if (type !== "openai-compatible") return authorDialect;
  const quirks: Quirks = {
    developerRole: said.developer_role,
    maxTokensField: said.max_tokens_field,
    streamOptions: said.stream_options,
    reasoningField: said.reasoning_field,
    customTools: said.custom_tools,
    strictTools: said.strict_tools,
    reasoningEffort: said.reasoning_effort,
    imageUrls: said.image_urls,
    lacks: said.lacks,
  };
  return dialectWith(preset ?? plainDialect, quirks);
}
