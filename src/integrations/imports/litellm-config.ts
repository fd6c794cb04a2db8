import { parse } from "yaml";
import { GatewayError } from "#core/errors.ts";
import { type Capacity, ForeignConfiguration } from "#integrations/imports/foreign-configuration.ts";
import { knownProvider } from "#integrations/imports/known-provider.ts";
import { countIn, listIn, type Loose, numberIn, objectIn, textIn } from "#integrations/imports/loose.ts";

/** Fields of `litellm_params` that are carried; whatever else is there is named in a note. */
const carried = new Set(["model", "api_key", "api_base", "base_url", "api_version", "rpm", "tpm", "weight", "order"]);
const carriedParallel = "max_parallel_requests";

interface Deployment {
  readonly group: string;
  readonly target: string;
  readonly weight: number | undefined;
  readonly order: number;
}

/** Reads a LiteLLM `config.yaml` (docs.litellm.ai, proxy configuration): models become providers, capacities and routes. */
export function readLitellmConfig(text: string): Pick<ForeignConfiguration, "text" | "notes"> {
  const config = objectIn(parseYaml(text));
  const built = new ForeignConfiguration("LiteLLM");
  const deployments = listIn(config.model_list).flatMap((listed) => deploymentOf(objectIn(listed), built));
  const router = objectIn(config.router_settings);
  const settings = objectIn(config.litellm_settings);
  const fallbacks = [...listIn(settings.fallbacks), ...listIn(router.fallbacks)].map(objectIn);
  const groups = Map.groupBy(deployments, ({ group }) => group);
  for (const [group, members] of groups) {
    const others = fallbacks.flatMap((fallback) => listIn(fallback[group])).flatMap((name) => textIn(name) ?? []);
    const unknown = others.filter((name) => !groups.has(name));
    for (const name of unknown)
      built.notes.push(`The fallback of ${group} to ${name} was left out: no model is called that.`);
    const chain = [members, ...others.flatMap((name) => groups.get(name) ?? []).map((one) => [one])];
    built.route(group, chain.flatMap(poolsOf).join(", "));
  }
  for (const [alias, target] of Object.entries(objectIn(router.model_group_alias))) {
    const members = groups.get(textIn(target) ?? textIn(objectIn(target).model) ?? "");
    if (members === undefined) built.notes.push(`The alias ${alias} was left out: it names no model.`);
    else built.route(alias, poolsOf(members).join(", "));
  }
  carrySettings(built, config, router, settings);
  return built;
}

/** Deployments of one order are a pool, those of the next its fallback. */
function poolsOf(members: readonly Deployment[]): readonly string[] {
  const orders = Map.groupBy(members, ({ order }) => order);
  return [...orders]
    .toSorted(([one], [other]) => one - other)
    .map(([, pool]) =>
      pool.map(({ target, weight }) => (weight === undefined ? target : `${target}@${weight}`)).join(" | "),
    );
}

function deploymentOf(listed: Loose, built: ForeignConfiguration): readonly Deployment[] {
  const params = objectIn(listed.litellm_params);
  const group = textIn(listed.model_name) ?? textIn(params.model) ?? "";
  const full = textIn(params.model) ?? group;
  const slash = full.indexOf("/");
  const vendor = textIn(params.custom_llm_provider) ?? (slash < 0 ? guessVendor(full) : full.slice(0, slash));
  const model = slash < 0 ? full : full.slice(slash + 1);
  const account = {
    vendor,
    baseUrl: reference(params.api_base ?? params.base_url),
    apiKey: reference(params.api_key),
    apiVersion: vendor.startsWith("azure") ? undefined : textIn(params.api_version),
  };
  const provider = knownProvider(account);
  if (typeof provider === "string") {
    built.notes.push(`${group} (${full}) was left out: ${provider}.`);
    return [];
  }
  const lost = Object.keys(params).filter((name) => !carried.has(name) && name !== carriedParallel);
  if (lost.length > 0) built.notes.push(`${group}: ${lost.toSorted().join(", ")} could not be carried.`);
  const name = built.provider(provider);
  built.capacity(name, model, capacityOf(params));
  const order = countIn(params.order) ?? 1;
  return [{ group, target: model === "*" ? name : `${name}/${model}`, weight: weightOf(params.weight), order }];
}

function weightOf(value: unknown): number | undefined {
  const weight = numberIn(value);
  return weight === undefined || weight <= 0 ? undefined : Math.min(1000, Math.max(1, Math.round(weight)));
}

/** Per minute there, per second here; at least one. */
function capacityOf(params: Loose): Capacity {
  const [rpm, tpm, concurrent] = [countIn(params.rpm), countIn(params.tpm), countIn(params[carriedParallel])];
  return {
    ...(rpm !== undefined && { max_rps: Math.max(1, Math.floor(rpm / 60)) }),
    ...(tpm !== undefined && { max_tokens_per_sec: Math.max(1, Math.floor(tpm / 60)) }),
    ...(concurrent !== undefined && { max_concurrent: concurrent }),
  };
}

/** Models without a prefix are OpenAI's, but for the few families that LiteLLM knows by name. */
function guessVendor(model: string): string {
  if (model.startsWith("claude")) return "anthropic";
  return model.startsWith("gemini") ? "gemini" : "openai";
}

/** `os.environ/NAME` is `${NAME}` here. */
function reference(value: unknown): string | undefined {
  const text = textIn(value);
  const variable = text === undefined ? undefined : /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  return variable === undefined ? text : `\${${variable}}`;
}

function carrySettings(built: ForeignConfiguration, config: Loose, router: Loose, settings: Loose): void {
  const retries = numberIn(settings.num_retries) ?? numberIn(router.num_retries);
  if (retries !== undefined) built.gateway("max_retries", String(Math.min(10, Math.max(0, Math.floor(retries)))));
  const timeout = numberIn(settings.request_timeout) ?? numberIn(router.timeout);
  if (timeout !== undefined && timeout > 0) built.gateway("request_timeout", String(timeout));
  const known = new Set(["num_retries", "request_timeout", "timeout", "fallbacks", "model_group_alias"]);
  const sections = {
    general_settings: objectIn(config.general_settings),
    litellm_settings: settings,
    router_settings: router,
  };
  for (const [section, said] of Object.entries(sections)) {
    const lost = Object.keys(said).filter((name) => !known.has(name));
    if (lost.length > 0) built.notes.push(`${section}: ${lost.toSorted().join(", ")} could not be carried.`);
  }
  const others = Object.keys(config).filter((name) => name !== "model_list" && !(name in sections));
  if (others.length > 0) built.notes.push(`These sections could not be carried: ${others.toSorted().join(", ")}.`);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new GatewayError("invalid_request", "The configuration of LiteLLM is no YAML.", { cause });
  }
}
