import { z } from "zod";
import { tiers } from "#core/identity/key-policy.ts";
import { codecs } from "#core/wire/codecs.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** Tokens of the prompt of a call that says nothing of them. */
const usualInputTokens = 1_000;

const tokens = z.coerce.number().int().min(0).max(1_000_000_000);
const model = z.string().min(1).max(2_048);
const protocol = z.string().refine(isProtocol, {
  error: () => `expected one of ${Object.keys(codecs).join(", ")}`,
});

/** What `POST /api/v1/scheduler/explain` is asked. Who calls is a key, or anybody of a tier, or the caller without a key. */
export const explainCallSchema = z
  .strictObject({
    model,
    /** The caller's protocol. */
    protocol: protocol.default("openai-chat"),
    /** Id of a key. */
    key: z.string().min(1).max(200).optional(),
    tier: z.enum(tiers).optional(),
    /** As `x-tokligence-priority` says it: number or name of a level. */
    priority: z.union([z.int().min(0).max(99), z.string().min(1).max(40)]).optional(),
    input_tokens: tokens.default(usualInputTokens),
    /** What was learned of such calls when left out. */
    output_tokens: tokens.optional(),
    deadline_ms: z.coerce.number().int().min(1).max(86_400_000).optional(),
  })
  .refine(({ key, tier }) => key === undefined || tier === undefined, {
    error: "a key has its own tier: name one of the two",
    path: ["tier"],
  });
export type ExplainCall = z.input<typeof explainCallSchema>;

const count = z.int().min(0);
const outcome = {
  /** `dispatch` at once, `queue` first, or `refuse`. */
  outcome: z.enum(["dispatch", "queue", "refuse"]),
  /** Where it would go at once. */
  deployment: z.string().nullable(),
  /** The code of the refusal. */
  reason: z.string().nullable(),
  /** How many would go before it. */
  position: count,
  predicted_wait_ms: z.number(),
  /** Longest wait that would be admitted; null where nobody waits. */
  wait_limit_ms: z.number().nullable(),
};

/** What would become of a call: of its first pool that does not refuse it, and of each pool alone. */
export const explanationSchema = z.object({
  model: z.string(),
  route: z.string(),
  protocol: z.string(),
  /** False where scheduling is off: a call then goes at once to whoever is healthy. */
  scheduled: z.boolean(),
  tenant: z.string(),
  priority: count,
  level: z.string(),
  input_tokens: count,
  output_tokens: count,
  ...outcome,
  pools: z.array(z.object({ deployments: z.array(z.string()), ...outcome })),
});
export type ExplanationView = z.infer<typeof explanationSchema>;
/** What would become of a call at one pool. */
export type PoolOutcome = Omit<ExplanationView["pools"][number], "deployments">;

/** What `GET /api/v1/routes/explain` is asked. */
export const explainRouteSchema = z.strictObject({ model, protocol: protocol.default("openai-chat") });
export type ExplainRoute = z.input<typeof explainRouteSchema>;

const limit = z.number().nullable();
const limitsSchema = z.object({
  /** `provider` as a whole, or `provider/model`. */
  id: z.string(),
  max_tokens_per_sec: limit,
  max_rps: limit,
  max_concurrent: limit,
  max_context_length: limit,
});
export type LimitsView = z.infer<typeof limitsSchema>;

const routedSchema = z.object({
  deployment: z.string(),
  provider: z.string(),
  type: z.string(),
  /** The name that the provider is asked for. */
  model: z.string(),
  /** Share of the choices inside its pool. */
  weight: z.number(),
  /** The protocol spoken with it; null where it has none for such a call, and is left out. */
  protocol: z.string().nullable(),
  /** Whether it is given the caller's own bytes, or the call is written anew; null with `protocol`. */
  lane: z.enum(["passthrough", "translation"]).nullable(),
  health: z.enum(["closed", "half-open", "open"]),
  /** Every limit that it draws on; empty where nothing is limited. */
  capacity: z.array(limitsSchema),
  /** List price in US dollars for a million tokens; null where it is not known. */
  price: z.object({ input_usd: z.string(), output_usd: z.string() }).nullable(),
});
export type RoutedView = z.infer<typeof routedSchema>;

/** The route of a model as a caller of `protocol` meets it: pools as they are written. */
export const routeViewSchema = z.object({
  model: z.string(),
  protocol: z.string(),
  work_mode: z.enum(["auto", "passthrough", "translation"]),
  route: z.string(),
  pools: z.array(z.array(routedSchema)),
  /** Share of the calls that begin with each pool, the others following as written; null where all begin with the first. */
  pool_weights: z.array(count).nullable(),
});
export type RouteView = z.infer<typeof routeViewSchema>;

function isProtocol(name: string): name is Protocol {
  return Object.hasOwn(codecs, name);
}
