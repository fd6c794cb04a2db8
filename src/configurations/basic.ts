import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { PriceList } from "#core/catalog/price.ts";
import type { Clock } from "#core/effects/clock.ts";
import { ModelGateway } from "#core/gateway.ts";
import { MoneyMeter } from "#core/budgets/money-meter.ts";
import { UsageMeter } from "#core/ledger/usage-meter.ts";
import type { Part } from "#core/part.ts";
import type { Provider } from "#core/routing/provider.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { RoutingMeter } from "#core/routing/routing-meter.ts";
import { codecs } from "#core/wire/codecs.ts";
import { answerMemory, responseStore } from "#configurations/answer-memory.ts";
import { type Books, openBooks } from "#configurations/books.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { Doors } from "#configurations/doors.ts";
import { composeHooks, composeNightlyCheck, composeRetention } from "#configurations/evidence.ts";
import type { Host } from "#configurations/host.ts";
import { composeOwnApi } from "#configurations/own-api.ts";
import { RootAdmin } from "#configurations/root-admin.ts";
import { composeLadder, onPressure } from "#configurations/degradation.ts";
import { mediaFetcher } from "#configurations/media.ts";
import { type Metrics, openMetrics } from "#configurations/metrics.ts";
import { createSchedulingDesk } from "#configurations/scheduling-desk.ts";
import { composeScheduling, type Scheduling } from "#configurations/scheduling.ts";
import { createTimeRuleKeeper } from "#configurations/time-rules.ts";
import { createProviders, isNamedModel } from "#configurations/upstreams.ts";
import { createApp } from "#http/app.ts";
import { EventLoopLag } from "#integrations/telemetry/event-loop-lag.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { version } from "#platform/version.ts";
import type { Settings } from "#settings/settings.ts";

/** A composed gateway: its doors, and every part below them in the order they start. */
export interface Composition {
  readonly doors: Doors;
  readonly rootAdmin: RootAdmin;
  readonly parts: readonly Part[];
}

/** One node on SQLite, with keys or, from loopback only, without: the personal and agent profiles, and team's core. */
export function composeBasic(settings: Settings, host: Host): Composition {
  const { clock, ids, log } = host;
  const metrics = openMetrics(settings, clock);
  const { meter } = metrics;

  const upstream = new UpstreamClient(clock);
  const { factsOf } = openCatalog(settings);
  const providers = createProviders(settings, { http: upstream, clock, digest: host.digest, facts: factsOf });
  const books = openBooks(settings, host, meter);
  const prices = books.priceBook;
  const isNamed = isNamedModel(settings, prices.current());
  const routing = new RoutingMeter(meter, isNamed);
  const { modelLabel } = routing;
  const { neighbours, stores } = books;
  const { audit, identity } = stores;
  const ladder = composeLadder(settings, { host, metrics, neighbours });
  const scheduling = composeScheduling(settings, { host, metrics, modelLabel, quotas: identity, ladder });
  const plan = new RoutePlan(settings.routes, providers);
  const keeper = createTimeRuleKeeper(settings, host, scheduling);
  const pricesNow = async (): Promise<PriceList> => prices.current();
  const deskParts = { plan, identity, audit, clock, ladder, prices: pricesNow, scheduling, keeper };
  const desk = createSchedulingDesk(settings, deskParts);

  const usage = new UsageMeter(meter, modelLabel);
  const around = { metrics, routing, usage, books, scheduling, plan, providers, upstream, factsOf };
  const gateway = composeGateway(settings, host, around);
  const rootAdmin = new RootAdmin(settings, host, books);
  const doors = new Doors(
    settings,
    host,
    (health) =>
      createApp({
        gateway,
        codecs,
        responses: responseStore(settings, clock),
        authenticator: books.authenticator,
        limiter: scheduling.limiter,
        ...composeOwnApi(settings, host, books, { plan, providers, health: scheduling.health, factsOf, keeper }),
        scheduling: desk,
        clock,
        ids,
        log,
        meter,
        ...(settings.metrics.enabled ? { metricsText: metrics.text } : {}),
        health,
        ladder,
        limits: settings.gateway,
        version,
      }),
    { troubles: () => books.troubles(), ladder, metricsText: metrics.text },
  );
  const lag = new EventLoopLag({ clock, meter, onSample: onPressure(ladder, doors, scheduling) });
  const parts = [
    ...books.parts,
    ...scheduling.parts,
    ...(keeper ? [keeper] : []),
    upstream,
    composeRetention(settings, host, stores, books.signer),
    composeNightlyCheck(host, stores, books.signer, meter),
    ...composeHooks(settings, host, { stores, http: upstream, meter }),
    lag,
    rootAdmin,
    doors,
  ];
  return { doors, rootAdmin, parts };
}

/** What the request path takes from the composition around it. */
interface GatewaySurroundings {
  readonly metrics: Metrics;
  readonly routing: RoutingMeter;
  readonly usage: UsageMeter;
  readonly books: Books;
  readonly scheduling: Scheduling;
  readonly plan: RoutePlan;
  readonly providers: readonly Provider[];
  readonly upstream: UpstreamClient;
  readonly factsOf: (model: string) => ModelFacts;
}

function composeGateway(settings: Settings, host: Host, around: GatewaySurroundings): ModelGateway {
  const { clock, random, log } = host;
  const { metrics, routing, usage, books, scheduling, plan, providers, upstream, factsOf } = around;
  const { admission, health, levels, expectation } = scheduling;
  return new ModelGateway({
    ...coreSettings(settings),
    clock,
    random,
    log,
    plan,
    providers,
    factsOf,
    memory: answerMemory(host),
    mediaFetcher: mediaFetcher(settings, upstream, clock),
    budget: retryBudget(clock, metrics, routing),
    levels,
    expectation,
    admission,
    health,
    meter: routing,
    prices: books.priceBook,
    money: settings.ledger,
    moneyMeter: new MoneyMeter(metrics.meter, log),
    budgets: books.budgets,
    record: (settlement) => {
      usage.record(settlement.entry);
      return books.bookkeeper.record(settlement);
    },
  });
}

/** What asking a provider again draws on; how full it is stands in the metrics. */
function retryBudget(clock: Clock, metrics: Metrics, meter: RoutingMeter): RetryBudget {
  const budget = new RetryBudget(clock);
  metrics.onRead(() => meter.budgetLeft(budget.ratio));
  return budget;
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
