import { z } from "zod";
import { gateway } from "#settings/schema/gateway.ts";
import { general } from "#settings/schema/general.ts";
import { hooks, mail } from "#settings/schema/hooks.ts";
import { ledger } from "#settings/schema/ledger.ts";
import { agent, audit, kubernetes, log, media, metrics, rbac, tracing } from "#settings/schema/operations.ts";
import { providersSchema } from "#settings/schema/provider.ts";
import {
  circuitBreaker,
  rateLimit,
  scheduler,
  scheduling,
  snapshotCache,
  timeRules,
} from "#settings/schema/scheduling.ts";
import { cache, database, secrets } from "#settings/schema/storage.ts";

const readTargets = (said: unknown): unknown => (Array.isArray(said) ? said.join(", ") : said);

const readLevel = (said: unknown): unknown => (typeof said === "number" ? String(said) : said);

/** Everything but providers, routes and priority rules: keys whose names are fixed. */
export const fixedShape = {
  ...general,
  gateway,
  database,
  ledger,
  hooks,
  mail,
  cache,
  log,
  metrics,
  tracing,
  secrets,
  rate_limit: rateLimit,
  rbac,
  audit,
  scheduling,
  scheduler,
  circuit_breaker: circuitBreaker,
  time_rules: timeRules,
  snapshot_cache: snapshotCache,
  agent,
  media,
  kubernetes,
};

/** The one schema of the configuration, in the shape config.yaml has. Unknown keys fail. */
export const configurationSchema = z.strictObject({
  ...fixedShape,
  providers: providersSchema.prefault({}),
  routes: z.record(z.string(), z.preprocess(readTargets, z.string())).prefault({}),
  priority_rules: z.record(z.string(), z.preprocess(readLevel, z.string())).prefault({}),
});

/** A checked configuration, still with the names and units of the files. */
export type Configuration = z.output<typeof configurationSchema>;
