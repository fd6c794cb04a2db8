import { GatewayError } from "#core/errors.ts";
import { ForeignConfiguration } from "#integrations/imports/foreign-configuration.ts";
import { knownProvider } from "#integrations/imports/known-provider.ts";
import { listIn, type Loose, numberIn, objectIn, textIn } from "#integrations/imports/loose.ts";

/** What a target may say and is carried, in both spellings that Portkey takes. */
const carried = new Set([
  ...["provider", "api_key", "apiKey", "virtual_key", "virtualKey", "custom_host", "customHost", "weight", "name"],
  ...["override_params", "overrideParams", "targets", "strategy", "retry", "request_timeout", "requestTimeout"],
]);

/**
 * Reads a Portkey config (portkey.ai, gateway configs): `fallback` becomes an order, `loadbalance` a pool with weights. It
 * names no model, so its route is for every model (`*`), or for those that its targets override.
 */
export function readPortkey(text: string): Pick<ForeignConfiguration, "text" | "notes"> {
  const config = objectIn(parse(text));
  const built = new ForeignConfiguration("Portkey");
  if (Object.keys(config).length === 0)
    throw new GatewayError("invalid_request", "The config of Portkey is no JSON object.");
  const pools = poolsOf(config, built);
  if (pools.length > 0) built.route("*", pools.map((pool) => pool.join(" | ")).join(", "));
  const retries = numberIn(objectIn(config.retry).attempts);
  if (retries !== undefined) built.gateway("max_retries", String(Math.min(10, Math.max(0, Math.floor(retries)))));
  const timeoutMs = numberIn(config.request_timeout ?? config.requestTimeout);
  if (timeoutMs !== undefined && timeoutMs > 0) built.gateway("request_timeout", String(timeoutMs / 1000));
  return built;
}

function poolsOf(node: Loose, built: ForeignConfiguration): readonly (readonly string[])[] {
  noteLost(node, built);
  const targets = listIn(node.targets).map(objectIn);
  if (targets.length === 0) return targetOf(node, built).map((target) => [target]);
  const mode = textIn(objectIn(node.strategy).mode) ?? "single";
  if (mode === "loadbalance") {
    const weighed = targets.flatMap((target) => flat(target, built).map((name) => weighted(name, target.weight)));
    return weighed.length === 0 ? [] : [weighed];
  }
  if (mode !== "fallback" && mode !== "single") {
    built.notes.push(`The strategy ${mode} could not be carried: its targets are asked in order.`);
  }
  const some = mode === "single" ? targets.slice(0, 1) : targets;
  return some.flatMap((target) => poolsOf(target, built));
}

/** The targets of a node that stands inside a pool. */
function flat(node: Loose, built: ForeignConfiguration): readonly string[] {
  const pools = poolsOf(node, built);
  if (pools.length > 1) built.notes.push("A fallback inside a load balance became part of its pool.");
  return pools.flat();
}

function weighted(target: string, weight: unknown): string {
  const said = numberIn(weight);
  if (said === undefined || said <= 0 || target.includes("@")) return target;
  // Shares of one are common there, whole numbers are asked for here.
  return `${target}@${Math.min(1000, Math.max(1, Math.round(said < 1 ? said * 100 : said)))}`;
}

function targetOf(node: Loose, built: ForeignConfiguration): readonly string[] {
  const virtualKey = textIn(node.virtual_key ?? node.virtualKey);
  const vendor = textIn(node.provider) ?? vendorOf(virtualKey) ?? "";
  const variable = virtualKey?.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  const known = knownProvider({
    vendor: vendor.replace(/^@/, ""),
    baseUrl: textIn(node.custom_host ?? node.customHost),
    apiKey: textIn(node.api_key ?? node.apiKey) ?? (variable === undefined ? undefined : `\${${variable}}`),
  });
  if (typeof known === "string") {
    built.notes.push(`The target ${textIn(node.name) ?? virtualKey ?? (vendor || "?")} was left out: ${known}.`);
    return [];
  }
  if (variable !== undefined) {
    built.notes.push(
      `The key behind the virtual key ${virtualKey} stays at Portkey: put it into the variable ${variable}.`,
    );
  }
  const overridden = objectIn(node.override_params ?? node.overrideParams);
  const model = textIn(overridden.model);
  const lost = Object.keys(overridden).filter((name) => name !== "model");
  if (lost.length > 0) built.notes.push(`override_params: ${lost.toSorted().join(", ")} could not be carried.`);
  const provider = built.provider(known);
  return [model === undefined ? provider : `${provider}/${model}`];
}

/** Virtual keys are usually called after their vendor, as in `openai-prod-1a2b3c`. */
function vendorOf(virtualKey: string | undefined): string | undefined {
  const names = [
    "azure",
    "openai",
    "anthropic",
    "groq",
    "mistral",
    "deepseek",
    "openrouter",
    "gemini",
    "google",
    "together-ai",
  ];
  return names.find((name) => virtualKey?.toLowerCase().includes(name) === true);
}

function noteLost(node: Loose, built: ForeignConfiguration): void {
  const lost = Object.keys(node).filter((name) => !carried.has(name));
  if (lost.length > 0) built.notes.push(`${lost.toSorted().join(", ")} could not be carried.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
