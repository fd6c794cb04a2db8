import { z } from "zod";
import { serverPresetNames } from "#core/catalog/server-preset.ts";
import { features } from "#core/chat/feature.ts";
import { key, section } from "#settings/schema/key.ts";
import {
  choice,
  choices,
  flag,
  list,
  providerUrl,
  secret,
  secrets,
  seconds,
  text,
  wholeNumber,
} from "#settings/schema/value-type.ts";

const exchange = "the Token Exchange";
const most = 1_000_000_000;

/** Provider types that act today, as the configuration names them. */
export const activeProviderTypes = ["openai", "openai-compatible", "anthropic", "gemini", "loopback", "local"] as const;

/** Provider types that parse and are not active yet, with what each awaits. */
export const awaitedProviderTypes = {
  marketplace: exchange,
} as const;

const modelType = choice(["openai", "openai-compatible", "anthropic", "gemini", "loopback"]);
const providerType = choice(["openai", "openai-compatible", "anthropic", "gemini", "loopback", "marketplace", "local"]);

const capacity = {
  max_tokens_per_sec: key(wholeNumber(0, most), {
    unit: "tokens per second",
    description: "Tokens it can take and give; counts with scheduling.capacity_model = multi_dimensional.",
  }),
  max_rps: key(wholeNumber(0, most), { unit: "requests per second", description: "Requests it can take." }),
  max_concurrent: key(wholeNumber(0, most), { unit: "requests", description: "Requests it can serve at once." }),
  max_context_length: key(wholeNumber(0, most), {
    unit: "tokens",
    description: "Longest prompt and answer together; counts with scheduling.capacity_model = multi_dimensional.",
  }),
};

const connection = {
  type: key(providerType, {
    description:
      "What it speaks; local means models of several vendors. Inferred for the names openai, anthropic, google, gemini, local, " +
      "loopback and marketplace.",
    awaits: awaitedProviderTypes,
  }),
  enabled: key(flag, { default: true, description: "Use it; false leaves its secrets unread." }),
  base_url: key(providerUrl, {
    description:
      "Where it is, path included (https://host/v1); needed by openai-compatible without a preset that knows it. Bedrock " +
      "and Vertex take host and path from region and project.",
  }),
  api_key: key(secret, {
    description: "Its key, or a reference to it; an access token on Vertex, a Bedrock API key on Bedrock.",
  }),
  api_keys: key(secrets, {
    description:
      "Several keys, or references to them. Each is a deployment of its own: the next is used while one is short of capacity, " +
      "and one that is refused is left out.",
  }),
  auth_header: key(text, {
    description:
      "Header that carries the key: authorization (as Bearer), or a bare one such as api-key. Unset: x-api-key for " +
      "anthropic, x-goog-api-key for gemini, else authorization.",
  }),
  organization: key(text, { description: "Sent as openai-organization." }),
  api_version: key(text, { description: "Sent as the query parameter api-version (Azure)." }),
  models: key(list, {
    default: [],
    description:
      "Models it answers; empty when any name may be asked for. A local provider needs them, and each that no route names is " +
      "routed to it.",
  }),
  timeout: key(seconds(0.001), {
    unit: "seconds",
    description: "Longest wait for its first content in one attempt; gateway.request_timeout when unset.",
  }),
};

/** What only an openai-compatible server is asked, each overriding its preset. */
const quirks = {
  preset: key(choice(serverPresetNames), {
    description: "A server whose address and habits are known; makes the type openai-compatible.",
  }),
  developer_role: key(flag, { description: "It understands the role developer." }),
  max_tokens_field: key(choice(["max_tokens", "max_completion_tokens", "by-model"]), {
    description: "How it calls the limit of an answer.",
  }),
  stream_options: key(flag, { description: "It takes stream_options; if not, usage is not asked for in streams." }),
  reasoning_field: key(choice(["none", "reasoning_content", "reasoning"]), {
    description: "Field in which thoughts of earlier turns go back to it.",
  }),
  custom_tools: key(flag, { description: "It knows tools that take free text." }),
  strict_tools: key(flag, { description: "It takes strict on tools and JSON schemas." }),
  reasoning_effort: key(flag, { description: "It takes reasoning_effort." }),
  image_urls: key(flag, { description: "It takes pictures by URL; if not, they are fetched and sent as bytes." }),
  lacks: key(choices(features, "list of features"), {
    description:
      "Features that it refuses although its protocol has them, by the names of route explain --fidelity --json.",
  }),
};

/** Which API, and whose cloud. */
const variety = {
  api: key(choice(["chat", "responses"]), {
    description:
      "Which of OpenAI's APIs calls are answered through: at openai every call, at openai-compatible those of callers of " +
      "other protocols (responses says that it has that API). Unset: the caller's own, else what suits the model, or chat.",
  }),
  variant: key(choice(["bedrock", "vertex"]), {
    description: "Whose cloud hosts it: bedrock for anthropic, vertex for anthropic and gemini.",
  }),
  region: key(text, { description: "Region of the cloud, such as us-east-1, europe-west4 or global." }),
  project: key(text, { description: "Project on Vertex." }),
  access_key_id: key(text, { description: "Access key on Bedrock." }),
  secret_access_key: key(secret, { description: "Secret of the access key, or a reference to it." }),
  session_token: key(secret, { description: "Session token of a temporary access key, or a reference to it." }),
};

/** Keys of `[provider.NAME]`. */
export const providerShape = { ...connection, ...variety, ...quirks, ...capacity };

/** Keys of `[provider.NAME.MODEL]`. */
export const modelShape = {
  type: key(modelType, {
    description: "What this model speaks; of a local provider inferred from its name, else that of the provider.",
  }),
  base_url: key(providerUrl, { description: "Where this model is; that of the provider when unset." }),
  api_key: key(secret, {
    description:
      "Key for this model; that of the provider when unset. A model of a local provider that says neither key nor address " +
      "is asked for at the configured provider of its type.",
  }),
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

/** One `[provider.NAME]`, checked. Its models' own tables lie among its keys, under the models' names. */
export type ProviderConfiguration = z.output<z.ZodObject<typeof providerShape, z.core.$strict>>;

/** One `[provider.NAME.MODEL]`, checked. */
export type ModelConfiguration = z.output<z.ZodObject<typeof modelShape, z.core.$strict>>;

const modelSchema = z.strictObject(modelShape);

/** All providers by name. */
export const providersSchema: z.ZodType<Readonly<Record<string, ProviderConfiguration>>> = z
  .object({ marketplace: z.object(marketplaceShape).catchall(modelSchema).optional() })
  .catchall(z.object(providerShape).catchall(modelSchema));

/** The tables of single models in one `[provider.NAME]`, by the model's name. */
export function modelTables(said: ProviderConfiguration): readonly (readonly [string, ModelConfiguration])[] {
  return Object.entries(said).flatMap(([name, table]) => {
    if (Object.hasOwn(marketplaceShape, name)) return [];
    const checked = modelSchema.safeParse(table, { jitless: true });
    return checked.success ? [[name, checked.data] as const] : [];
  });
}
