/** What a vendor is called elsewhere, and what it is here. */
interface KnownVendor {
  readonly name: string;
  readonly keys: Readonly<Record<string, string>>;
  /** Its address is needed, since everybody has an own one. */
  readonly address?: true;
}

const preset = (name: string, address?: true): KnownVendor => ({
  name,
  keys: { preset: name },
  ...(address && { address }),
});
const typed = (type: string): KnownVendor => ({ name: type, keys: { type } });
const at = (name: string, baseUrl: string): KnownVendor => ({
  name,
  keys: { type: "openai-compatible", base_url: baseUrl },
});

const vendors: Readonly<Record<string, KnownVendor>> = {
  openai: typed("openai"),
  anthropic: typed("anthropic"),
  gemini: typed("gemini"),
  google: typed("gemini"),
  azure: preset("azure", true),
  "azure-openai": preset("azure", true),
  azure_ai: preset("azure", true),
  groq: preset("groq"),
  deepseek: preset("deepseek"),
  mistral: preset("mistral"),
  "mistral-ai": preset("mistral"),
  moonshot: preset("moonshot"),
  openrouter: preset("openrouter"),
  together_ai: preset("together"),
  "together-ai": preset("together"),
  fireworks_ai: preset("fireworks"),
  "fireworks-ai": preset("fireworks"),
  cerebras: preset("cerebras"),
  xai: preset("xai"),
  "x-ai": preset("xai"),
  ollama: preset("ollama"),
  ollama_chat: preset("ollama"),
  hosted_vllm: preset("vllm", true),
  vllm: preset("vllm", true),
  lm_studio: preset("lmstudio"),
  perplexity: at("perplexity", "https://api.perplexity.ai"),
  "perplexity-ai": at("perplexity", "https://api.perplexity.ai"),
};

/** Models in somebody's cloud, whose accounts are described in another way here. */
const clouds: Readonly<Record<string, string>> = {
  bedrock: "set it up by hand, with type = anthropic and variant = bedrock",
  vertex_ai: "set it up by hand, with type = gemini or anthropic and variant = vertex",
  "vertex-ai": "set it up by hand, with type = gemini or anthropic and variant = vertex",
};

/** What is known of an account at a vendor. */
export interface ForeignAccount {
  readonly vendor: string;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/** The provider that an account is here, or why it is none. */
export function knownProvider(
  account: ForeignAccount,
): { readonly name: string; readonly keys: Record<string, string> } | string {
  const { vendor, baseUrl, apiKey, apiVersion } = account;
  const known = Object.hasOwn(vendors, vendor) ? vendors[vendor] : undefined;
  if (Object.hasOwn(clouds, vendor)) return clouds[vendor] ?? "";
  if (known === undefined && baseUrl === undefined) return `there is no provider like ${vendor || "it"} here`;
  if (known?.address === true && baseUrl === undefined) return `${vendor} needs its address`;
  const elsewhere = baseUrl !== undefined && known?.keys.type === "openai";
  const like = known === undefined || elsewhere ? { type: "openai-compatible" } : known.keys;
  return {
    name: known?.name ?? (vendor || "server"),
    keys: {
      ...like,
      ...(baseUrl !== undefined && { base_url: addressOf(like, baseUrl) }),
      ...(apiKey !== undefined && apiKey !== "" && { api_key: apiKey }),
      ...(apiVersion !== undefined && { api_version: apiVersion }),
    },
  };
}

/** Providers are named with their path here, and often without it elsewhere. */
function addressOf(like: Readonly<Record<string, string>>, baseUrl: string): string {
  const bare = baseUrl.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]+$/.test(bare)) return bare;
  if (like.preset === "azure") return `${bare}/openai/v1`;
  return like.type === "gemini" ? `${bare}/v1beta` : `${bare}/v1`;
}
