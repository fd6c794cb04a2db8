import { layPrices } from "#core/catalog/laid-prices.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { type Finding, sound, warning } from "#core/doctor/finding.ts";
import type { Examined } from "#configurations/doctor/examined.ts";
import { wantedModels } from "#configurations/doctor/wanted-models.ts";
import { isLoopback } from "#settings/resolve/blockers.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

const check = "routes";

/** Routes that nobody can answer, and models that are named and have no price. */
export function routeFindings({ loaded, database }: Pick<Examined, "loaded" | "database">): readonly Finding[] {
  const { settings } = loaded;
  const { routes, providers, ledger } = settings;
  const dead = routes.filter(({ pattern, pools }) =>
    pools.flat().every(({ provider, model }) => !serves(settings, provider, model ?? pattern)),
  );
  const found = dead.map(({ pattern }) => {
    const fix = `tokligence route explain '${pattern}', then correct [routes] or the provider's models`;
    return warning(check, `Route ${pattern}: nobody it names has that model.`, fix);
  });
  const prices = layPrices(embeddedPriceList(), database?.books?.prices ?? []);
  const unpriced = wantedModels(settings).filter(({ provider, model }) => {
    const said = providers.find(({ name }) => name === provider);
    return said !== undefined && isPaid(said) && prices.find(model, said) === undefined;
  });
  const outcome = {
    allow: "shown without cost, and refused under a hard budget",
    deny: "refused",
    free: "taken for free",
  }[ledger.unpriced];
  for (const { provider, model } of unpriced) {
    const what = `No price is known for ${model} at ${provider}: its calls are ${outcome}.`;
    found.push(warning(check, what, `tokligence prices set ${model} --provider ${provider} --input USD --output USD`));
  }
  const count = routes.length - dead.length;
  return [sound(check, `${count} ${count === 1 ? "route has" : "routes have"} somebody who answers.`), ...found];
}

function serves({ providers }: Settings, name: string, asked: string): boolean {
  const said = providers.find((provider) => provider.name === name);
  return said !== undefined && (said.models.length === 0 || asked.includes("*") || said.models.includes(asked));
}

/** A model on this machine costs nothing that anybody could list. */
function isPaid({ type, baseUrl }: ProviderSettings): boolean {
  return type !== "loopback" && type !== "local" && !isLoopback(URL.parse(baseUrl ?? "")?.hostname ?? "");
}
