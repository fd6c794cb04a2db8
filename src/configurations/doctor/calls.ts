import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { type GatewayError, toGatewayError } from "#core/errors.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import { codecs } from "#core/wire/codecs.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { wantedModels } from "#configurations/doctor/wanted-models.ts";
import type { CheckParts } from "#configurations/provider-checks.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { systemDigest } from "#platform/effects.ts";
import type { Settings } from "#settings/settings.ts";

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
  return Promise.all(
    asked.map(async (provider) => {
      const label = provider.account === undefined ? provider.name : `${provider.name} (key ${provider.account})`;
      const model = wanted.find(
        (each) => each.provider === provider.name && provider.speaks(protocol, each.model),
      )?.model;
      if (model === undefined) return sound(check, `${label} was not called: no model of it is named.`);
      const began = clock.monotonic();
      const error = await callOnce(provider, model, { clock });
      if (error !== undefined) return judge(label, model, error);
      return sound(check, `${label} answered a call of ${model} after ${Math.round(clock.monotonic() - began)} ms.`);
    }),
  );
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

/** Who refuses so short a question may still answer others. */
function judge(label: string, model: string, { code, message, upstream }: GatewayError): Finding {
  const said = upstream?.message === undefined ? message : `${message} It says: ${upstream.message}`;
  const what = `${label} did not answer a call of ${model}. ${said.slice(0, 300)}`;
  const fix = `tokligence route explain ${model}`;
  return code === "upstream_rejected" ? warning(check, what, fix) : failure(check, code, what, fix);
}
