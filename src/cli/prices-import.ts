import { defineCommand } from "citty";
import { ask, type InputOf } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { manyText } from "#cli/quantity-text.ts";
import { readText } from "#cli/text-file.ts";
import { litellmPrices } from "#core/catalog/litellm-prices.ts";
import { GatewayError } from "#core/errors.ts";

/** `tokligence prices import`. */
export default defineCommand({
  meta: { description: "Set many prices at once, all or none" },
  args: {
    file: {
      type: "positional",
      required: true,
      description: '{"prices":[...]}, or LiteLLM\'s model_prices_and_context_window.json',
    },
    ...globalFlags,
  },
  async run({ args }) {
    const { prices, skipped } = readPrices(args.file);
    const made = await ask(args, "importPrices", { prices }, { prices: args.file });
    for (const text of skipped) printNotice(`not taken  ${text}`);
    if (args.json) return printJson(made);
    printLine(`Set the prices of ${manyText(made.models, "model")}, version ${made.price_version}`);
  },
});

type Prices = InputOf<"importPrices">["prices"];

function readPrices(path: string): { readonly prices: Prices; readonly skipped: readonly string[] } {
  const content = readJson(path);
  if (typeof content === "object" && content !== null && "prices" in content) {
    return { prices: content.prices as Prices, skipped: [] };
  }
  const { prices, skipped } = litellmPrices(content);
  return { prices: [...prices], skipped };
}

function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("usage", `${path} is no JSON.`, { cause });
  }
}
