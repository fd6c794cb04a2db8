import { z } from "zod";
import { key, section } from "#settings/schema/key.ts";
import { choice, flag, httpUrl, list, secret, seconds, text, wholeNumber } from "#settings/schema/value-type.ts";

const scheduler = "the scheduler";
const exchange = "the Token Exchange";
const perModel = "the local provider";
const most = 1_000_000_000_000;

/** Provider types that act today, as the configuration names them. */
export const activeProviderTypes = ["openai", "openai-compatible", "loopback"] as const;

/** Provider types that parse and are not active yet, with what each awaits. */
export const awaitedProviderTypes = {
  anthropic: "the Anthropic provider",
  gemini: "the Gemini provider",
  marketplace: exchange,
  local: perModel,
} as const;

const providerType = choice(["openai", "openai-compatible", "anthropic", "gemini", "loopback", "marketplace", "local"]);

const capacity = {
  max_tokens_per_sec: key(wholeNumber(0, most), {
    unit: "tokens per second",
    description: "Tokens it can take and give.",
    awaits: scheduler,
  }),
  max_rps: key(wholeNumber(0, most), {
    unit: "requests per second",
    description: "Requests it can take.",
    awaits: scheduler,
  }),
  max_concurrent: key(wholeNumber(0, most), {
    unit: "requests",
    description: "Requests it can serve at once.",
    awaits: scheduler,
  }),
  max_context_length: key(wholeNumber(0, most), {
    unit: "tokens",
    description: "Longest context.",
    awaits: scheduler,
  }),
};

const connection = {
  type: key(providerType, {
    description:
      "What it speaks. Inferred for the names openai, anthropic, google, gemini, local, loopback and marketplace.",
    awaits: awaitedProviderTypes,
  }),
  enabled: key(flag, { default: true, description: "Use it; false leaves its secrets unread." }),
  base_url: key(httpUrl, {
    description: "Where it is, path included (https://host/v1); needed by openai-compatible.",
  }),
  api_key: key(secret, { description: "Its key, or a reference to it." }),
  auth_header: key(text, {
    default: "authorization",
    description: "Header that carries the key: authorization (as Bearer), or a bare one such as api-key.",
  }),
  organization: key(text, { description: "Sent as openai-organization." }),
  api_version: key(text, { description: "Sent as the query parameter api-version (Azure)." }),
  models: key(list, {
    default: [],
    description: "Models it answers; empty when any name may be asked for.",
  }),
  timeout: key(seconds(0.001), {
    unit: "seconds",
    description: "Longest wait for its first content in one attempt; gateway.request_timeout when unset.",
  }),
};

/** Keys of `[provider.NAME]`. */
export const providerShape = { ...connection, ...capacity };

/** Keys of `[provider.NAME.MODEL]`. */
export const modelShape = {
  type: key(providerType, { description: "What this model speaks.", awaits: perModel }),
  base_url: key(httpUrl, { description: "Where this model is.", awaits: perModel }),
  api_key: key(secret, { description: "Key for this model.", awaits: perModel }),
  ...capacity,
};

/** Keys of `[provider.marketplace]`: those of any provider, and its own. Off until set. */
export const marketplaceShape = {
  ...providerShape,
  enabled: key(flag, { default: false, description: "Buy capacity at the Token Exchange.", awaits: exchange }),
  free_tier_limit: key(wholeNumber(0, most), {
    unit: "requests per day",
    description: "Free calls a day.",
    awaits: exchange,
  }),
  offline_mode: key(flag, { default: false, description: "Use only what is known already.", awaits: exchange }),
  degradation_mode: key(choice(["fail_open", "fail_closed", "cached"]), {
    default: "fail_closed",
    description: "What happens while the Token Exchange is away.",
    awaits: exchange,
  }),
  privacy: section({
    send_request_content: key(flag, { default: false, description: "Let prompts leave.", awaits: exchange }),
    send_pii: key(flag, { default: false, description: "Let personal data leave.", awaits: exchange }),
    data_sent: key(list, {
      default: ["model", "region", "max_price"],
      description: "What a search for supply may tell.",
      awaits: exchange,
    }),
  }),
};

/** One `[provider.NAME]`, checked; its models' own tables are checked too, and not read yet. */
export type ProviderConfiguration = z.output<z.ZodObject<typeof providerShape, z.core.$strict>>;

const modelSchema = z.strictObject(modelShape);

/** All providers by name. */
export const providersSchema: z.ZodType<Readonly<Record<string, ProviderConfiguration>>> = z
  .object({ marketplace: z.object(marketplaceShape).catchall(modelSchema).optional() })
  .catchall(z.object(providerShape).catchall(modelSchema));
