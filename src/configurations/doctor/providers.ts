import { type Finding, sound, warning } from "#core/doctor/finding.ts";
import type { ErrorCode } from "#core/errors.ts";
import { offersModel, type ProviderCheck } from "#core/routing/provider-check.ts";
import type { Examined } from "#configurations/doctor/examined.ts";
import { trouble } from "#configurations/doctor/trouble.ts";
import { wantedModels } from "#configurations/doctor/wanted-models.ts";
import { sourceText } from "#settings/describe/explanation.ts";
import { nearest } from "#settings/nearest.ts";
import { isLoopback } from "#settings/resolve/blockers.ts";
import type { LoadedSettings } from "#settings/load.ts";

const check = "providers";

/** What the providers answered; without an answer, what can be said of their addresses alone. */
export function providerFindings(
  { loaded }: Pick<Examined, "loaded">,
  checks: readonly ProviderCheck[],
): readonly Finding[] {
  return [
    ...checks.map((each) => judge(loaded, each, checks)),
    ...absentModels(loaded, checks),
    ...plainAddresses(loaded),
  ];
}

function judge(loaded: LoadedSettings, asked: ProviderCheck, checks: readonly ProviderCheck[]): Finding {
  const { provider, model, account, outcome, detail } = asked;
  const label = `${provider}${model === undefined ? "" : `/${model}`}${account === undefined ? "" : ` (key ${account})`}`;
  const key = `provider.${provider}`;
  switch (outcome) {
    case "sound":
      return sound(check, `${label} answers. ${detail}`);
    case "unasked":
      return sound(check, `${label} was not asked. ${detail}`);
    case "key_refused": {
      const said = loaded.values.find((value) => value.key === `${key}.api_key`);
      const from = said === undefined ? "" : ` (it comes from ${sourceText(said)})`;
      return severe(
        loaded,
        asked,
        checks,
        "upstream_auth",
        `${label} refuses the key. ${detail}`,
        `tokligence config set ${key}.api_key KEY${from}`,
      );
    }
    case "unreachable":
      return severe(
        loaded,
        asked,
        checks,
        "upstream_unavailable",
        `${label} cannot be reached. ${detail}`,
        `See to the network, or start it; its address is ${key}.base_url`,
      );
    case "failed": {
      const what = `${label} gives no list of models. ${detail}`;
      const fix = `Its address is ${key}.base_url: most end in /v1, none in /chat/completions`;
      // Some have no such list, some are only busy; who answers with a page of another kind is somebody else.
      if (asked.status !== undefined) return warning(check, what, fix);
      return severe(loaded, asked, checks, "upstream_bad_response", what, fix);
    }
  }
}

function severe(
  { settings }: LoadedSettings,
  { provider, model }: ProviderCheck,
  checks: readonly ProviderCheck[],
  code: ErrorCode,
  what: string,
  fix: string,
): Finding {
  const isAnswered = checks.some(
    (other) => other.provider === provider && other.model === model && other.outcome === "sound",
  );
  return trouble(settings, { provider, isAnswered }, code, what, fix);
}

function absentModels({ settings }: LoadedSettings, checks: readonly ProviderCheck[]): readonly Finding[] {
  return wantedModels(settings).flatMap(({ provider, model, saidBy }) => {
    const own = checks.filter((each) => each.provider === provider && each.models !== undefined);
    const asked = own.find((each) => each.model === model) ?? own.find((each) => each.model === undefined);
    const offered = asked?.models;
    if (offered === undefined || offersModel(offered, model)) return [];
    const like = nearest(model, offered);
    const fix =
      like === undefined ? `Correct ${saidBy}; its list: tokligence doctor --json` : `Correct ${saidBy}: ${like}`;
    return [warning(check, `${provider} does not list ${model}, which ${saidBy} names.`, fix)];
  });
}

/** Keys that would travel readable for everybody on the way. */
function plainAddresses({ settings }: LoadedSettings): readonly Finding[] {
  const places = settings.providers.flatMap((said) => [
    [said.name, said] as const,
    ...[...said.modelProviders]
      .filter(([, its]) => its.baseUrl !== said.baseUrl)
      .map(([model, its]) => [`${said.name}.${model}`, its] as const),
  ]);
  return places.flatMap(([place, { baseUrl, apiKey }]) => {
    const url = URL.parse(baseUrl ?? "");
    if (url === null || url.protocol !== "http:" || apiKey === undefined || isLoopback(url.hostname)) return [];
    const fix = `tokligence config set provider.${place}.base_url https://${url.host}${url.pathname}`;
    return [warning(check, `${place} is asked without TLS: its key can be read on the way.`, fix)];
  });
}
