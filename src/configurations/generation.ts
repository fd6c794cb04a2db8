import type { ProcessFacts } from "#core/administration/status-handlers.ts";
import { ModelGateway } from "#core/gateway.ts";
import type { Provider } from "#core/routing/provider.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { codecs } from "#core/wire/codecs.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import type { Foundation } from "#configurations/foundation.ts";
import { mediaFetcher } from "#configurations/media.ts";
import { composeOwnApi } from "#configurations/own-api.ts";
import { enterScheduling, schedulingRound, type SchedulingRound } from "#configurations/scheduling.ts";
import { createSchedulingDesk } from "#configurations/scheduling-desk.ts";
import { createTimeRuleKeeper } from "#configurations/time-rules.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { createApp } from "#http/app.ts";
import type { App, HealthReport } from "#http/http-parts.ts";
import { version } from "#platform/version.ts";
import type { Settings } from "#settings/settings.ts";

/** What one configuration makes on the foundation. Requests that began with it keep it to their end. */
export interface Generation {
  readonly settings: Settings;
  readonly providers: readonly Provider[];
  readonly createApp: (health: () => HealthReport) => App;
  /** Puts it in force where the foundation is shared: scheduler, limits, rules of the hour, log level. */
  enter(): void;
  /** Keeps to the rules of the hour no more. */
  leave(): void;
}

/** What a generation is told of the process around it. */
export interface GenerationSurroundings {
  /** The text of a file, undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
  readonly process: ProcessFacts;
}

/** Builds a generation; nothing is changed before `enter`. Throws `config_invalid` for settings nothing can be built from. */
export function composeGeneration(
  settings: Settings,
  foundation: Foundation,
  { readFile, process }: GenerationSurroundings,
): Generation {
  const { books, doorState, host, ladder, login, metrics, responses, scheduling, upstream: http } = foundation;
  const { clock, digest, ids, log } = host;
  const { factsOf } = openCatalog(settings, readFile);
  const providers = createProviders(settings, { http, clock, digest, facts: factsOf });
  const plan = new RoutePlan(settings.routes, providers);
  const round = schedulingRound(settings, scheduling, ladder);
  const keeper = createTimeRuleKeeper(settings, host, scheduling, round);
  const { audit, identity } = books.stores;
  const prices = async () => books.priceBook.current();
  const desk = createSchedulingDesk(settings, {
    ...{ plan, identity, audit, clock, ladder, prices },
    ...{ scheduling, round, keeper },
  });
  const gateway = composeGateway(settings, foundation, { plan, providers, factsOf, round });
  const offered = { plan, providers, health: scheduling.health, factsOf, keeper };
  return {
    settings,
    providers,
    createApp: (health) =>
      createApp({
        gateway,
        codecs,
        responses,
        idempotent: books.idempotent,
        authenticator: books.authenticator,
        limiter: scheduling.limiter,
        ...login,
        ...composeOwnApi(settings, host, books, offered),
        scheduling: desk,
        process,
        ...{ clock, ids, log, meter: metrics.meter },
        ...(settings.metrics.enabled ? { metricsText: metrics.text } : {}),
        health,
        ladder,
        state: doorState,
        limits: settings.gateway,
        version,
      }),
    enter() {
      foundation.follow(settings);
      enterScheduling(settings, scheduling, round, () => keeper?.begin());
    },
    leave: () => keeper?.end(),
  };
}

/** What the request path takes from the generation around it. */
interface RequestPath {
  readonly plan: RoutePlan;
  readonly providers: readonly Provider[];
  readonly factsOf: ReturnType<typeof openCatalog>["factsOf"];
  readonly round: SchedulingRound;
}

function composeGateway(settings: Settings, foundation: Foundation, path: RequestPath): ModelGateway {
  const { books, host, memory, moneyMeter, retryBudget, routing, scheduling, upstream, usage } = foundation;
  const { clock, random, log } = host;
  const { round, ...routed } = path;
  return new ModelGateway({
    ...coreSettings(settings),
    ...routed,
    clock,
    random,
    log,
    memory,
    mediaFetcher: mediaFetcher(settings, upstream, clock),
    budget: retryBudget,
    levels: round.levels,
    expectation: scheduling.expectation,
    admission: round.admission,
    health: scheduling.health,
    meter: routing,
    prices: books.priceBook,
    money: settings.ledger,
    moneyMeter,
    budgets: books.budgets,
    record: (settlement) => {
      usage.record(settlement.entry);
      return books.bookkeeper.record(settlement);
    },
  });
}

/** What the core takes from the settings as it stands there. */
function coreSettings({ gateway, agent, providers }: Settings) {
  const timeouts = providers.flatMap(({ name, timeoutMs }) => (timeoutMs ? [[name, timeoutMs] as const] : []));
  return {
    workMode: gateway.workMode,
    toolLoop: { maxIterations: agent.maxToolIterations, duplicateDetection: agent.duplicateDetection },
    limits: {
      requestTimeoutMs: gateway.requestTimeoutMs,
      maxRetries: gateway.maxRetries,
      providerTimeoutMs: new Map(timeouts),
    },
    streamTotalTimeoutMs: gateway.streamTotalTimeoutMs,
  };
}
