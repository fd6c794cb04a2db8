import { z } from "zod";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { efforts } from "#core/chat/effort.ts";

const effort = z.enum(efforts);
const tokens = z.number().int().positive();

const reasoning = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("none") }),
  z.strictObject({ by: z.literal("effort"), levels: z.array(effort).min(1) }),
  z.strictObject({
    by: z.literal("budget"),
    least: z.number().int().nonnegative(),
    most: tokens,
    off: z.boolean(),
  }),
  z.strictObject({ by: z.literal("adaptive"), levels: z.array(effort).min(1), budgets: z.boolean() }),
]);

/** What may be said of a model: each of `ModelFacts`, all optional. Also the form of a configured correction. */
export const knownFactsSchema = z
  .strictObject({
    displayName: z.string().min(1),
    ownedBy: z.string().min(1),
    contextWindow: tokens,
    maxOutputTokens: tokens,
    reasoning,
    sampling: z.boolean(),
    temperatureWithTopP: z.boolean(),
    openAiReasoning: z.boolean(),
    preferredApi: z.enum(["chat", "responses"]),
    toolsInChat: z.boolean(),
    forcedTools: z.boolean(),
    midSystem: z.boolean(),
    jsonSchema: z.boolean(),
    jsonWithTools: z.boolean(),
    resultMedia: z.boolean(),
    needsThoughtSignature: z.boolean(),
    prefill: z.boolean(),
    cacheBreakpoints: z.boolean(),
    input: z.array(z.enum(["text", "image", "audio", "video", "file"])).min(1),
  })
  .partial();

/** Facts of a model as a rule states them. */
export type KnownFacts = Partial<Omit<ModelFacts, "model">>;

/** The wire form of the catalogue. */
export const modelListSchema = z.strictObject({
  /** Date on which it was right, `YYYY-MM-DD`. */
  version: z.iso.date(),
  about: z.string(),
  sources: z.array(z.string()).min(1),
  rules: z.array(z.strictObject({ models: z.array(z.string().min(1)).min(1), facts: knownFactsSchema })),
});
