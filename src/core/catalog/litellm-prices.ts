import { z } from "zod";
import type { priceOperations } from "#core/api/price.ts";
import { GatewayError } from "#core/errors.ts";
import { divideHalfEven, formatUsd, maxPriceNanos } from "#core/ledger/money.ts";

type ImportedPrice = z.input<typeof priceOperations.importPrices.input>["prices"][number];
type ImportedTariff = Omit<ImportedPrice, "model" | "provider" | "request" | "steps">;

/** LiteLLM's prices as `importPrices` takes them. */
export interface LitellmPrices {
  readonly prices: readonly ImportedPrice[];
  /** Models that were not taken, each with the reason. */
  readonly skipped: readonly string[];
}

/** LiteLLM's names, for one token; of a long context with `_above_200k_tokens` behind them. */
const costNames = {
  input: "input_cost_per_token",
  output: "output_cost_per_token",
  cached: "cache_read_input_token_cost",
  cache_write: "cache_creation_input_token_cost",
  cache_write_long: "cache_creation_input_token_cost_above_1hr",
  reasoning: "output_cost_per_reasoning_token",
  audio_input: "input_cost_per_audio_token",
  audio_output: "output_cost_per_audio_token",
  image_input: "input_cost_per_image_token",
} as const satisfies Readonly<Record<keyof ImportedTariff, string>>;

const fileSchema = z.record(z.string(), z.record(z.string(), z.unknown()));
const tokenModes: ReadonlySet<unknown> = new Set(["chat", "completion", "responses", "embedding", undefined]);
const maxSteps = 5;

/**
 * Reads LiteLLM's `model_prices_and_context_window.json`: US dollars for one token become US dollars per million, to the
 * nano-dollar. Names before the slash that are LiteLLM's provider become the provider. Throws `invalid_request` for another file.
 */
export function litellmPrices(json: unknown): LitellmPrices {
  const parsed = fileSchema.safeParse(json, { jitless: true });
  if (!parsed.success) {
    throw new GatewayError(
      "invalid_request",
      "This is not LiteLLM's list of models and prices: an object of objects by name.",
    );
  }
  const prices = new Map<string, ImportedPrice>();
  const skipped: string[] = [];
  for (const [name, entry] of Object.entries(parsed.data)) {
    if (name === "sample_spec") continue;
    const price = readEntry(name, entry);
    const key = typeof price === "string" ? "" : JSON.stringify([price.model, price.provider]);
    if (typeof price === "string") skipped.push(`${name}: ${price}`);
    else if (prices.has(key)) skipped.push(`${name}: it stands there twice`);
    else prices.set(key, price);
  }
  return { prices: [...prices.values()], skipped };
}

type Entry = Readonly<Record<string, unknown>>;

/** The price of an entry, or why it has none that can be taken. */
function readEntry(name: string, entry: Entry): ImportedPrice | string {
  if (!tokenModes.has(entry.mode)) return `${String(entry.mode)} is not priced by token`;
  if (entry.tiered_pricing !== undefined) return "tiered_pricing is not read";
  const { input, output = entry.mode === "embedding" ? "0" : undefined, ...parts } = readTariff(entry, "") ?? {};
  if (input === undefined || output === undefined) return "it has no price by token";
  if (input === "0" && output === "0") return "its price is zero, which is how LiteLLM writes unknown ones too";
  const steps: NonNullable<ImportedPrice["steps"]> = [];
  for (const thousands of thresholds(entry)) {
    const step = readTariff(entry, `_above_${thousands}k_tokens`);
    if (step === undefined) return `its price above ${thousands}k tokens is unreadable`;
    // Reasoning is output: where a step says nothing of it, it follows the step and not the price below.
    const { reasoning: _, ...below } = parts;
    steps.push({ above_input_tokens: thousands * 1_000, input, output, ...below, ...step });
  }
  if (steps.length > maxSteps) return "it has more than five steps";
  const request = entry.input_cost_per_request === undefined ? undefined : usdOf(entry.input_cost_per_request, 1n);
  return {
    ...placeOf(name, entry),
    input,
    output,
    ...parts,
    ...(request && { request }),
    ...(steps.length > 0 && { steps }),
  };
}

function placeOf(name: string, { litellm_provider: provider }: Entry): Pick<ImportedPrice, "model" | "provider"> {
  const slash = name.indexOf("/");
  const prefix = name.slice(0, Math.max(0, slash));
  if (prefix === "" || typeof provider !== "string" || !provider.startsWith(prefix)) return { model: name };
  return { model: name.slice(slash + 1), provider: prefix };
}

/** What the entry says of each kind of token; undefined when something there is no price. Kinds it says nothing of are left out. */
function readTariff(entry: Entry, suffix: string): Partial<ImportedTariff> | undefined {
  const tariff: Partial<Record<keyof ImportedTariff, string>> = {};
  for (const kind of Object.keys(costNames) as (keyof ImportedTariff)[]) {
    const cost = entry[costNames[kind] + suffix];
    if (cost === undefined || cost === null) continue;
    const usd = usdOf(cost, 1_000_000n);
    if (usd === undefined) return undefined;
    tariff[kind] = usd;
  }
  return tariff;
}

/** The lengths, in thousands of tokens, from which other prices hold; the shortest first. */
function thresholds(entry: Entry): readonly number[] {
  const found = Object.keys(entry).flatMap((name) => /_above_(\d{1,4})k_tokens$/.exec(name)?.[1] ?? []);
  return [...new Set(found.map(Number))].toSorted((one, other) => one - other);
}

/**
 * So many times a cost in US dollars, as decimal text to the nano-dollar. The shortest text of a number is what its file
 * said, so that no binary fraction comes in. Undefined for what is no cost.
 */
function usdOf(cost: unknown, times: bigint): string | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(typeof cost === "number" ? String(cost) : "");
  if (match === null) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const decimals = BigInt(fraction.length - Number(exponent));
  const digits = BigInt(whole + fraction) * times * 1_000_000_000n;
  const nanos = decimals > 0n ? divideHalfEven(digits, 10n ** decimals) : digits * 10n ** -decimals;
  return nanos > maxPriceNanos ? undefined : formatUsd(nanos);
}
