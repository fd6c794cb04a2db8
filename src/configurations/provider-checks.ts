import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { LocalServer, ProviderCheck } from "#core/routing/provider-check.ts";
import { type Secret, withoutSecrets } from "#core/secret.ts";
import { codecs } from "#core/wire/codecs.ts";
import { anthropicModelListing } from "#integrations/providers/anthropic/model-list.ts";
import { BaseUrl } from "#integrations/providers/base-url.ts";
import { geminiModelListing } from "#integrations/providers/gemini/model-list.ts";
import { askForModels, type ModelListing } from "#integrations/providers/model-list.ts";
import { openAiModelListing } from "#integrations/providers/openai-model-list.ts";
import { openAiBaseUrl } from "#integrations/providers/openai/provider.ts";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { didYouMean } from "#settings/nearest.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

const providerTimeoutMs = 5_000;
const localTimeoutMs = 500;
const maxDetailLength = 300;

/** What checks take from the machine. */
export interface CheckParts {
  readonly http: UpstreamHttp;
  readonly clock: Clock;
}

/**
 * Asks every provider (those of `names` when given) once for its models, all side by side and 5 s each, with each of its keys.
 * Nothing else is sent. In the order of the settings; rejects with `usage` for a name that no provider has.
 */
export async function checkProviders(
  { providers }: Pick<Settings, "providers">,
  names: readonly string[] = [],
  parts?: CheckParts,
): Promise<readonly ProviderCheck[]> {
  const places = chosenProviders({ providers }, names).flatMap(placesOf);
  return withClient(parts, (around) => Promise.all(places.map((place) => check(place, around))));
}

/** The providers of these names, all without a name, in the order of the settings; throws `usage` for a name that none has. */
export function chosenProviders(
  { providers }: Pick<Settings, "providers">,
  names: readonly string[],
): readonly ProviderSettings[] {
  const known = providers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return providers.filter(({ name }) => names.length === 0 || names.includes(name));
  const told = `There is no provider ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`;
  throw new GatewayError("usage", told.endsWith("?") ? told : `${told}; configured: ${known.join(", ") || "none"}.`);
}

/** Where servers of models listen unless told otherwise. */
export const usualPorts: Readonly<Record<LocalServer["name"], number>> = {
  ollama: 11434,
  vllm: 8000,
  "lm-studio": 1234,
};

/**
 * The servers of models that answer on 127.0.0.1 within 500 ms. Whoever gives no list of models in OpenAI's words is not
 * listed; at vLLM's port, where many listen, one must say that it is vLLM.
 */
export async function findLocalServers(
  ports: Readonly<Partial<Record<LocalServer["name"], number>>> = usualPorts,
  parts?: CheckParts,
): Promise<readonly LocalServer[]> {
  const names = ["ollama", "vllm", "lm-studio"] as const;
  return withClient(parts, async (around) => {
    const asked = names.map(async (name) => {
      const port = ports[name];
      return port === undefined ? undefined : await localServer(name, port, around);
    });
    return (await Promise.all(asked)).filter((found) => found !== undefined);
  });
}

async function localServer(
  name: LocalServer["name"],
  port: number,
  { http, clock }: CheckParts,
): Promise<LocalServer | undefined> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const options = { baseUrl: new BaseUrl(baseUrl), authHeader: "authorization", query: {} };
  const plain = openAiModelListing(options, codecs["openai-chat"]);
  const isMeant = (answer: unknown) => name !== "vllm" || JSON.stringify(answer).includes('"owned_by":"vllm"');
  const listing = { ...plain, read: (answer: unknown) => (isMeant(answer) ? plain.read(answer) : undefined) };
  try {
    const { models } = await askForModels(listing, { http, clock, peer: name, timeoutMs: localTimeoutMs });
    return { name, baseUrl, models };
  } catch {
    return undefined;
  }
}

/** One thing to ask: a provider with one of its keys, or a model of it that is asked for elsewhere. */
interface Place {
  readonly said: ProviderSettings;
  readonly head: Pick<ProviderCheck, "provider" | "model" | "account">;
}

function placesOf(said: ProviderSettings): readonly Place[] {
  const keys = said.moreApiKeys.length === 0 ? [said.apiKey] : [said.apiKey, ...said.moreApiKeys];
  const accounts = keys.map((apiKey, index) => {
    const keyed = apiKey === undefined ? said : { ...said, apiKey };
    return { said: keyed, head: { provider: said.name, ...(keys.length > 1 && { account: index + 1 }) } };
  });
  const elsewhere = [...said.modelProviders].map(([model, its]) => ({
    said: its,
    head: { provider: said.name, model },
  }));
  return said.type === "local" ? elsewhere : [...accounts, ...elsewhere];
}

async function check({ said, head }: Place, { http, clock }: CheckParts): Promise<ProviderCheck> {
  const began = clock.monotonic();
  let host = "its address";
  try {
    const listing = listingOf(said);
    if (typeof listing === "string") return { ...head, outcome: "unasked", detail: listing };
    host = URL.parse(listing.url)?.host ?? host;
    const asking = { http, clock, peer: head.provider, timeoutMs: providerTimeoutMs };
    const { models, response } = await askForModels(listing, asking);
    const ahead = clockAheadMs(response.header("date"), clock.now());
    const took = Math.round(clock.monotonic() - began);
    const detail = `It lists ${models.length === 1 ? "one model" : `${models.length} models`} after ${took} ms.`;
    return { ...head, outcome: "sound", detail, models, ...(ahead !== undefined && { clockAheadMs: ahead }) };
  } catch (thrown) {
    return { ...head, ...failureOf(toGatewayError(thrown), said, host) };
  }
}

/** How its models are asked for; a sentence where there is nothing to ask. */
function listingOf(said: ProviderSettings): ModelListing | string {
  const { baseUrl } = said;
  if (said.cloud !== undefined) return "The cloud that hosts it has no list that its key is for.";
  switch (said.type) {
    case "openai":
      return openAiModelListing({ ...said, baseUrl: openAiBaseUrl(baseUrl) }, codecs["openai-chat"]);
    case "openai-compatible":
      if (baseUrl === undefined) throw new GatewayError("config_invalid", "It needs a base_url.");
      return openAiModelListing({ ...said, baseUrl: new BaseUrl(baseUrl) }, codecs["openai-chat"]);
    case "anthropic":
      return anthropicModelListing(said, codecs["anthropic-messages"]);
    case "gemini":
      return geminiModelListing(said, codecs["gemini-generate"]);
    case "loopback":
      return "The built-in model is always there.";
    case "local":
      return "Its models are each asked for elsewhere.";
  }
}

function failureOf(
  error: GatewayError,
  { apiKey }: ProviderSettings,
  host: string,
): Pick<ProviderCheck, "outcome" | "detail" | "status"> {
  const message = connectionText(error.message, host);
  const detail = saidText(message, error.upstream?.message, apiKey === undefined ? [] : [apiKey]);
  const status = error.upstream?.status;
  return { outcome: outcomeOf(error), detail, ...(status !== undefined && { status }) };
}

/** What went wrong, and what the other side said of it: short, and without secrets, since a server may say back what it was sent. */
export function saidText(message: string, said: string | undefined, secrets: readonly Secret[]): string {
  const full = said === undefined ? message : `${message} It says: ${said}`;
  return withoutSecrets(full, secrets).slice(0, maxDetailLength);
}

/** Why there is no connection, in words; any other message as it is. */
function connectionText(message: string, host: string): string {
  const code = /, connect: connection failed \((\w+)\)\.$/.exec(message)?.[1];
  switch (code) {
    case undefined:
      return message;
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NONAME":
      return `The name of ${host} is not found (${code}).`;
    case "ECONNREFUSED":
      return `Nobody listens at ${host} (${code}).`;
    default:
      return `There is no way to ${host} (${code}).`;
  }
}

function outcomeOf({ code, upstream }: GatewayError): ProviderCheck["outcome"] {
  if (code === "upstream_auth") return "key_refused";
  if (upstream !== undefined) return "failed";
  const silent = code === "upstream_unavailable" || code === "upstream_tls" || code === "upstream_timeout";
  return silent ? "unreachable" : "failed";
}

function clockAheadMs(date: string | undefined, nowMs: number): number | undefined {
  const there = Date.parse(date ?? "");
  return Number.isNaN(there) ? undefined : nowMs - there;
}

/** Runs `use` with these parts, else with a client of its own that is closed afterwards. */
export async function withClient<Result>(
  parts: CheckParts | undefined,
  use: (parts: CheckParts) => Promise<Result>,
): Promise<Result> {
  if (parts !== undefined) return use(parts);
  const http = new UpstreamClient(systemClock);
  try {
    return await use({ http, clock: systemClock });
  } finally {
    await http.stop();
  }
}
