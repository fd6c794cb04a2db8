import { defineCommand } from "citty";
import { ask, type InputOf } from "#cli/ask.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { priceLines } from "#cli/price-text.ts";
import { GatewayError } from "#core/errors.ts";

const usd = (description: string) => ({ type: "string", valueHint: "usd", description }) as const;

const args = {
  model: { type: "positional", required: true, description: "The model" },
  input: { ...usd("Input"), required: true },
  output: { ...usd("Output"), required: true },
  cached: usd("Input read from the provider's cache; as input if left out"),
  "cache-write": usd("Input written to the provider's cache; as input if left out"),
  "cache-write-long": usd("Input that the provider's cache keeps for long; as --cache-write if left out"),
  reasoning: usd("Reasoning; as output if left out"),
  "audio-input": usd("Audio in the input; as input if left out"),
  "audio-output": usd("Audio in the output; as output if left out"),
  "image-input": usd("Pictures in the input; as input if left out"),
  request: usd("Each call, in US dollars"),
  step: {
    type: "string",
    valueHint: "above:in:out...",
    description: "Other prices for calls with more input than so many tokens: 200000:2.50:15 or 200000:2.50:15:CACHED",
  },
  provider: { type: "string", valueHint: "name", description: "Only where this provider is asked" },
  ...globalFlags,
} as const;

/** `tokligence prices set`. */
export default defineCommand({
  meta: { description: "Set the price of a model, in US dollars per million tokens" },
  args,
  async run({ args: typed, rawArgs }) {
    const steps = valuesOf(rawArgs, args, "step").map(readStep);
    const price = await ask(
      typed,
      "setPrice",
      {
        model: typed.model,
        provider: typed.provider,
        input: typed.input,
        output: typed.output,
        cached: typed.cached,
        cache_write: typed["cache-write"],
        cache_write_long: typed["cache-write-long"],
        reasoning: typed.reasoning,
        audio_input: typed["audio-input"],
        audio_output: typed["audio-output"],
        image_input: typed["image-input"],
        request: typed.request,
        steps: steps.length === 0 ? undefined : steps,
      },
      { model: "MODEL", steps: "--step" },
    );
    if (typed.json) return printJson(price);
    priceLines(price).forEach(printLine);
  },
});

type Step = NonNullable<InputOf<"setPrice">["steps"]>[number];

function readStep(text: string): Step {
  const [above = "", input, output, cached, ...more] = text.split(":");
  if (!/^\d{1,9}$/.test(above) || input === undefined || output === undefined || more.length > 0) {
    throw new GatewayError(
      "usage",
      `--step is TOKENS:INPUT:OUTPUT or TOKENS:INPUT:OUTPUT:CACHED, not ${JSON.stringify(text)}.`,
    );
  }
  return { above_input_tokens: Number(above), input, output, ...(cached === undefined ? {} : { cached }) };
}
