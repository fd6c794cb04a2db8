import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { type InputOf, inputOf } from "#cli/ask.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printNotice } from "#cli/output.ts";
import { countText } from "#cli/quantity-text.ts";
import { printViews } from "#cli/view-table.ts";
import type { ServiceView } from "#core/api/profile.ts";
import type { LoadedSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** `tokligence models`: what callers may ask for by its name; patterns of routes take more. */
export default defineCommand({
  meta: { description: "List the models that callers may ask for, with prices in US dollars per million tokens" },
  args: {
    model: { type: "positional", required: false, description: "Only this one, or a pattern such as gpt-*" },
    provider: { type: "string", valueHint: "name", description: "Only those that this provider answers" },
    ...globalFlags,
  },
  async run({ args }) {
    const loaded = loadFromFlags(args);
    const data = await services(loaded, { model: args.model, provider: args.provider });
    const isChosen = args.model !== undefined || args.provider !== undefined;
    printViews(
      data,
      {
        MODEL: ({ model }) => model,
        PROVIDERS: ({ providers }) => providers.join(", "),
        CONTEXT: ({ context_window: tokens }) => (tokens === null ? null : countText(tokens)),
        "INPUT USD": ({ input_usd: usd }) => usd,
        "OUTPUT USD": ({ output_usd: usd }) => usd,
      },
      {
        json: args.json,
        none: isChosen ? "No such model has a name." : "No model. Name one in [routes], or give a provider a key.",
      },
    );
    const patterns = args.json === true ? [] : patternsOf(loaded.settings, args.provider);
    if (patterns.length === 0) return;
    printNotice("\nAnd any that fits a pattern (tokligence route explain MODEL):");
    for (const line of patterns) printNotice(`  ${line}`);
  },
});

/** Where there is no database yet, nothing was ever set, and asking leaves nothing behind. */
async function services(loaded: LoadedSettings, choice: InputOf<"listServices">): Promise<readonly ServiceView[]> {
  const input = inputOf("listServices", choice, { model: "MODEL" });
  if (existsSync(loaded.settings.database.path)) {
    return (await withAdministration(loaded, (administration) => administration.listServices(input))).data;
  }
  const { servicesBeforeFirstStart } = await import("#configurations/administration.ts");
  return servicesBeforeFirstStart(loaded, input);
}

/** The patterns of routes and where they lead, to this provider when one is chosen; those of the built-in model are nobody's wish. */
function patternsOf({ routes }: Settings, chosen: string | undefined): readonly string[] {
  return routes.flatMap(({ pattern, pools }) => {
    const providers = [...new Set(pools.flat().map(({ provider }) => provider))];
    const isWanted = chosen === undefined ? !providers.includes("loopback") : providers.includes(chosen);
    return pattern.includes("*") && isWanted ? [`${pattern}: ${providers.join(", ")}`] : [];
  });
}
