import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { z } from "zod";
import { type KnownFacts, knownFactsSchema, modelListSchema } from "#core/catalog/model-list-schema.ts";
import { catalogName } from "#core/catalog/model-name.ts";
import models from "#core/catalog/models.json" with { type: "json" };
import { efforts } from "#core/chat/effort.ts";
import { GatewayError } from "#core/errors.ts";
import { RecentCache } from "#core/recent-cache.ts";
import { compilePattern, type Pattern } from "#core/routing/pattern.ts";

/** What is known of models. */
export interface Catalog {
  /** Date on which it was right, `YYYY-MM-DD`. */
  readonly version: string;
  /** Facts of a model by any name it goes by; of one that nobody knows, what most models can. */
  factsOf(model: string): ModelFacts;
}

type StatedFacts = z.infer<typeof knownFactsSchema>;

interface Rule {
  readonly patterns: readonly Pattern[];
  readonly facts: KnownFacts;
}

/** Names are the callers' to choose, so only so many are remembered. */
const rememberedNames = 1_000;

/** A model that nobody has said anything of: everything is believed possible that a server can still refuse itself. */
const unknownModel: Omit<ModelFacts, "model"> = {
  reasoning: { by: "effort", levels: efforts },
  sampling: true,
  temperatureWithTopP: true,
  openAiReasoning: false,
  preferredApi: "chat",
  toolsInChat: true,
  forcedTools: true,
  midSystem: false,
  jsonSchema: true,
  jsonWithTools: true,
  resultMedia: false,
  needsThoughtSignature: false,
  prefill: true,
  cacheBreakpoints: false,
  input: ["text", "image", "audio", "video", "file"],
};

/**
 * The catalogue that is part of the program, corrected by facts by model name or pattern. Throws `config_invalid`, naming
 * the place, when a list is broken: it is never half used.
 */
export function createCatalog(overrides: Readonly<Record<string, unknown>> = {}, list: unknown = models): Catalog {
  const parsed = modelListSchema.safeParse(list, { jitless: true });
  if (!parsed.success) throw broken("The model catalogue", parsed.error.issues[0]);
  const rules: Rule[] = [...parsed.data.rules.map(ruleOf), ...Object.entries(overrides).map(correction)];
  const known = new RecentCache<ModelFacts>(rememberedNames);
  const factsOf = (model: string): ModelFacts => {
    const remembered = known.get(model);
    if (remembered !== undefined) return remembered;
    const facts = { ...gathered(rules, [catalogName(model), model]), model };
    known.set(model, facts);
    return facts;
  };
  return { version: parsed.data.version, factsOf };
}

function gathered(rules: readonly Rule[], names: readonly string[]): Omit<ModelFacts, "model"> {
  let facts = unknownModel;
  for (const rule of rules) {
    if (rule.patterns.some(({ matches }) => names.some(matches))) facts = { ...facts, ...rule.facts };
  }
  return facts;
}

function correction([pattern, facts]: [string, unknown]): Rule {
  const parsed = knownFactsSchema.safeParse(facts, { jitless: true });
  if (!parsed.success) throw broken(`What is said of the model ${JSON.stringify(pattern)}`, parsed.error.issues[0]);
  return ruleOf({ models: [pattern], facts: parsed.data });
}

function ruleOf({ models: names, facts }: { readonly models: readonly string[]; readonly facts: StatedFacts }): Rule {
  return { patterns: names.map(compilePattern), facts: withoutUndefined(facts) };
}

/** An absent fact leaves what is known as it is. */
function withoutUndefined(facts: StatedFacts): KnownFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function broken(what: string, issue: z.core.$ZodIssue | undefined): GatewayError {
  const place = issue?.path.join(".") || "the top";
  return new GatewayError("config_invalid", `${what} is broken: ${place}: ${issue?.message ?? "unreadable"}.`);
}
