import { existsSync } from "node:fs";
import { LocalSchedulingDesk, type SchedulingDeskParts } from "#core/administration/local-scheduling-desk.ts";
import type { SchedulingDesk } from "#core/api/scheduling.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { soundNeighbours } from "#core/degradation/step.ts";
import { stopParts } from "#core/part.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import type { ResourceSpec } from "#core/scheduler/capacity.ts";
import type { TimeRuleKeeper } from "#core/time-rules/time-rule-keeper.ts";
import { capacityInForce } from "#core/time-rules/time-rules.ts";
import { type Books, startCommandBooks } from "#configurations/books.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { commandHost } from "#configurations/host.ts";
import { openMetrics } from "#configurations/metrics.ts";
import {
  composeScheduling,
  type Scheduling,
  schedulingRound,
  type SchedulingRound,
} from "#configurations/scheduling.ts";
import { composeLadder } from "#configurations/degradation.ts";
import { createTimeRuleKeeper } from "#configurations/time-rules.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import type { LoadedSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** What the desk takes from the composition around it. */
export interface DeskSurroundings extends Pick<
  SchedulingDeskParts,
  "plan" | "identity" | "audit" | "clock" | "ladder" | "prices"
> {
  readonly scheduling: Pick<Scheduling, "health" | "expectation">;
  readonly round: SchedulingRound;
  readonly keeper: TimeRuleKeeper | undefined;
}

/** The desk of a composed gateway. */
export function createSchedulingDesk(settings: Settings, around: DeskSurroundings): SchedulingDesk {
  const { scheduling, round, keeper, ...rest } = around;
  const { health, expectation } = scheduling;
  const { atWork, levels } = round;
  const { gateway, timeRules } = settings;
  return new LocalSchedulingDesk({
    ...rest,
    health,
    levels,
    expectation,
    workMode: gateway.workMode,
    requestTimeoutMs: gateway.requestTimeoutMs,
    limitsOf: (provider, model) => limitsOf(settings, provider, model, keeper),
    scheduler: atWork,
    timeRules: keeper && { keeper, file: timeRules.path },
  });
}

/** A desk without a running gateway, as one would be that starts now. */
export interface OpenSchedulingDesk {
  readonly desk: SchedulingDesk;
  close(): Promise<void>;
}

/** Builds a desk from the settings alone. The data directory is opened only for a key or the prices set there. */
export async function openSchedulingDesk(loaded: LoadedSettings): Promise<OpenSchedulingDesk> {
  const { settings } = loaded;
  const host = commandHost(settings);
  const { clock } = host;
  const http = new UpstreamClient(clock);
  const providers = createProviders(settings, {
    http,
    clock,
    digest: host.digest,
    facts: openCatalog(settings).factsOf,
  });
  const metrics = openMetrics(settings, clock);
  const ladder = composeLadder(settings, { host, metrics, neighbours: () => soundNeighbours });
  const scheduling = composeScheduling(settings, {
    host,
    metrics,
    modelLabel: () => "other",
    quotas: { saveQuotaUsage: async () => undefined },
  });
  const round = schedulingRound(settings, scheduling, ladder);
  const keeper = createTimeRuleKeeper(settings, host, scheduling, round);
  let books: Promise<Books> | undefined;
  const opened = (): Promise<Books> => {
    books ??= startCommandBooks(loaded, host);
    return books;
  };
  const stores = async (): Promise<Books["stores"]> => (await opened()).stores;
  const desk = createSchedulingDesk(settings, {
    plan: new RoutePlan(settings.routes, providers),
    identity: {
      findKey: async (id) => (await stores()).identity.findKey(id),
      findUser: async (who) => (await stores()).identity.findUser(who),
    },
    audit: { appendAudit: async (record) => (await stores()).audit.appendAudit(record) },
    clock,
    ladder,
    // Where there is no database yet, nothing was ever set, and asking leaves nothing behind.
    prices: async () =>
      existsSync(settings.database.path) ? (await opened()).priceBook.current() : embeddedPriceList(),
    scheduling,
    round,
    keeper,
  });
  await keeper?.start();
  const close = async (): Promise<void> => {
    await keeper?.stop();
    const started = await books?.catch(() => undefined);
    await stopParts(started?.commandParts ?? []);
  };
  return { desk, close };
}

function limitsOf(
  { providers }: Settings,
  provider: string,
  model: string,
  keeper: TimeRuleKeeper | undefined,
): readonly ResourceSpec[] {
  const said = providers.find(({ name }) => name === provider);
  const all = [
    { id: provider, limits: said?.capacity ?? {} },
    { id: `${provider}/${model}`, limits: said?.modelCapacity.get(model) ?? {} },
  ];
  return all
    .filter(({ limits }) => Object.values(limits).some((limit) => limit !== undefined))
    .map(({ id, limits }) => ({ id, limits: capacityInForce(keeper?.active ?? [], id, limits) }));
}
