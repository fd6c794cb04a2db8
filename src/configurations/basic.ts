import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import type { Clock } from "#core/effects/clock.ts";
import { ModelGateway } from "#core/gateway.ts";
import { UsageMeter } from "#core/ledger/usage-meter.ts";
import type { Part } from "#core/part.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { RoutingMeter } from "#core/routing/routing-meter.ts";
import { codecs } from "#core/wire/codecs.ts";
import { answerMemory, responseStore } from "#configurations/answer-memory.ts";
import { openBooks } from "#configurations/books.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { Doors } from "#configurations/doors.ts";
import type { Host } from "#configurations/host.ts";
import { composeLadder, onPressure } from "#configurations/degradation.ts";
import { mediaFetcher } from "#configurations/media.ts";
import { type Metrics, openMetrics } from "#configurations/metrics.ts";
import { createSchedulingDesk } from "#configurations/scheduling-desk.ts";
import { composeScheduling } from "#configurations/scheduling.ts";
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
  readonly parts: readonly Part[];
}

/** One node on SQLite, with keys or, from loopback only, without: the personal and agent profiles, and team's core. */
export function composeBasic(settings: Settings, host: Host): Composition {
  const { clock, random, ids, log } = host;
  const metrics = openMetrics(settings, clock);
  const { meter } = metrics;

  const upstream = new UpstreamClient(clock);
  const { factsOf } = openCatalog(settings);
  const providers = createProviders(settings, { http: upstream, clock, digest: host.digest, facts: factsOf });
  const books = openBooks(settings, host, meter);
  const prices = embeddedPriceList();
  const isNamed = isNamedModel(settings, prices);
  const routing = new RoutingMeter(meter, isNamed);
  const usage = new UsageMeter(meter, routing.modelLabel);
  const { modelLabel } = routing;
  const { identity, neighbours } = books;
  const ladder = composeLadder(settings, { host, metrics, neighbours });
  const scheduling = composeScheduling(settings, { host, metrics, modelLabel, quotas: identity, ladder });
  const { admission, health, levels, expectation, limiter } = scheduling;
  const plan = new RoutePlan(settings.routes, providers);
  const keeper = createTimeRuleKeeper(settings, host, scheduling);
  const priceOf = prices.find;
  const desk = createSchedulingDesk(settings, { plan, identity, clock, ladder, priceOf, scheduling, keeper });

  const gateway = new ModelGateway({
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
    price: prices.cost,
    record: (entry) => {
      usage.record(entry);
      return books.bookkeeper.record(entry);
    },
  });
  const doors = new Doors(
    settings,
    host,
    (health) =>
      createApp({
        gateway,
        codecs,
        responses: responseStore(settings, clock),
        authenticator: books.authenticator,
        limiter,
        administration: books.administration,
        scheduling: desk,
        clock,
        ids,
        log,
        meter,
        ...(settings.metrics.enabled ? { metricsText: metrics.text } : {}),
        health,
        ladder,
        limits: settings.gateway,
        loopbackOnly: !settings.gateway.auth.enabled,
        version,
      }),
    { troubles: () => books.troubles(), ladder, metricsText: metrics.text },
  );
  const lag = new EventLoopLag({ clock, meter, onSample: onPressure(ladder, doors, scheduling) });
  const parts = [...books.parts, ...scheduling.parts, ...(keeper ? [keeper] : []), upstream, lag, doors];
  return { doors, parts };
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
