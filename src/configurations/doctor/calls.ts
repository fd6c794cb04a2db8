import { type Finding, sound, warning } from "#core/doctor/finding.ts";
import { type GatewayError, toGatewayError } from "#core/errors.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import { codecs } from "#core/wire/codecs.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { trouble } from "#configurations/doctor/trouble.ts";
import { wantedModels } from "#configurations/doctor/wanted-models.ts";
import { type CheckParts, saidText } from "#configurations/provider-checks.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { systemDigest } from "#platform/effects.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

const check = "providers";
const protocol = "openai-chat";
const mostWaitMs = 30_000;

/**
 * Asks each provider, with each of its keys, one real and very short question, all side by side: the first model that the
 * configuration names of it.
 */
export async function callFindings(
  settings: Settings,
  names: readonly string[],
  { http, clock }: CheckParts,
): Promise<readonly Finding[]> {
  const { factsOf } = openCatalog(settings);
  const providers = createProviders(settings, { http, clock, digest: systemDigest, facts: factsOf });
  const wanted = wantedModels(settings);
  const asked = providers.filter(({ name }) => names.length === 0 || names.includes(name));
  const calls = await Promise.all(
    asked.map(async (provider) => {
      const { name, account } = provider;
      const label = account === undefined ? name : `${name} (key ${account})`;
      const model = wanted.find((each) => each.provider === name && provider.speaks(protocol, each.model))?.model;
      const began = clock.monotonic();
      const error = model === undefined ? undefined : await callOnce(provider, model, { clock });
      return { provider: name, label, model, error, tookMs: Math.round(clock.monotonic() - began) };
    }),
  );
  return calls.map((call) => judge(settings, call, calls));
}

/** What became of one provider, or of one of its keys. */
interface Called {
  readonly provider: string;
  readonly label: string;
  /** Undefined where there was nothing to call. */
  readonly model: string | undefined;
  /** Undefined when it answered. */
  readonly error: GatewayError | undefined;
  readonly tookMs: number;
}

/** What the call ended with; undefined when it was answered. */
async function callOnce(
  provider: Provider,
  model: string,
  { clock }: Pick<CheckParts, "clock">,
): Promise<GatewayError | undefined> {
  const upstreamProtocol = provider.speaks(protocol, model);
  if (upstreamProtocol === undefined) return undefined;
  const fields = { model, max_tokens: 16, messages: [{ role: "user", content: "Say: ok" }] };
  const body = decodeJsonBody(new TextEncoder().encode(JSON.stringify(fields)));
  const late = new AbortController();
  const cancel = clock.after(mostWaitMs, () => late.abort());
  const call: ProviderCall = {
    requestId: "doctor",
    protocol,
    upstreamProtocol,
    translate: false,
    body,
    address: {},
    request: codecs[protocol].decodeRequest(body, {}),
    model,
    headers: {},
    strict: false,
    tokenMaker: () => undefined,
    signal: late.signal,
    headTimeoutMs: mostWaitMs,
  };
  try {
    const { pieces } = await provider.call(call);
    for await (const _piece of pieces);
    return undefined;
  } catch (thrown) {
    return toGatewayError(thrown);
  } finally {
    cancel();
  }
}

function judge(settings: Settings, called: Called, calls: readonly Called[]): Finding {
  const { provider, label, model, error, tookMs } = called;
  if (model === undefined) return sound(check, `${label} was not called: no model of it is named.`);
  if (error === undefined) return sound(check, `${label} answered a call of ${model} after ${tookMs} ms.`);
  const { code, message, upstream } = error;
  const said = saidText(message, upstream?.message, settings.providers.flatMap(secretsIn));
  const what = `${label} did not answer a call of ${model}. ${said}`;
  const fix = `tokligence route explain ${model}`;
  // Who refuses so short a question may still answer others.
  if (code === "upstream_rejected") return warning(check, what, fix);
  const isAnswered = calls.some((other) => other.provider === provider && other.model !== undefined && !other.error);
  return trouble(settings, { provider, isAnswered }, code, what, fix);
}

function secretsIn({ apiKey, moreApiKeys, cloud, modelProviders }: ProviderSettings): readonly Secret[] {
  const { secretAccessKey, sessionToken } = (cloud?.variant === "bedrock" && cloud.keys) || {};
  const own = [apiKey, ...moreApiKeys, secretAccessKey, sessionToken].flatMap((secret) => secret ?? []);
  return [...own, ...[...modelProviders.values()].flatMap(secretsIn)];
}
