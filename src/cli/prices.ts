import { defineCommand } from "citty";
import { ask } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { priceLines } from "#cli/price-text.ts";
import load from "#cli/prices-import.ts";
import set from "#cli/prices-set.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { PriceView } from "#core/api/price.ts";

const provider = { type: "string", valueHint: "name", description: "Only where this provider is asked" } as const;
const typedAs = { model: "MODEL" };

const show = defineCommand({
  meta: { description: "Prices in force, in US dollars per million tokens; of one model in full" },
  args: {
    model: { type: "positional", required: false, description: "The model" },
    provider,
    ...globalFlags,
  },
  async run({ args }) {
    const { data } = await ask(args, "listPrices", { model: args.model, provider: args.provider }, typedAs);
    if (args.json !== true && args.model !== undefined && data.length > 0) {
      return printLine(data.map((price) => priceLines(price).join("\n")).join("\n\n"));
    }
    printViews(data, columns, {
      json: args.json,
      none: "No price. Set one: tokligence prices set MODEL --input USD --output USD",
    });
  },
});

const remove = defineCommand({
  meta: { description: "Take a price that was set away; the embedded one, if any, holds again" },
  args: {
    model: { type: "positional", required: true, description: "The model" },
    provider,
    ...globalFlags,
  },
  async run({ args }) {
    const removed = await ask(args, "removePrice", { model: args.model, provider: args.provider }, typedAs);
    if (args.json) return printJson(removed);
    printLine(`Removed the price of ${removed.model}, version ${removed.price_version}`);
  },
});

const versions = defineCommand({
  meta: { description: "Versions of prices, newest first; rows of the books name theirs" },
  args: { ...globalFlags },
  async run({ args }) {
    const { data } = await ask(args, "listPriceVersions", {});
    printViews(
      data,
      {
        VERSION: ({ price_version }) => price_version,
        CREATED: ({ created_at }) => created_at,
        SOURCE: ({ source }) => source,
        MODELS: ({ models }) => models,
      },
      args,
    );
  },
});

/** `tokligence prices`. */
export default defineCommand({
  meta: { description: "Show, set and import prices of models" },
  subCommands: { show, set, remove, import: load, versions },
});

const columns: Columns<PriceView> = {
  MODEL: ({ model }) => model,
  PROVIDER: (price) => price.provider,
  "INPUT USD": ({ input_usd }) => input_usd,
  CACHED: ({ cached_usd }) => cached_usd,
  "OUTPUT USD": ({ output_usd }) => output_usd,
  STEPS: ({ steps }) => (steps.length === 0 ? null : steps.length),
  SOURCE: ({ source }) => source,
  VERSION: ({ price_version }) => price_version,
};
