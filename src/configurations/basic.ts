import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
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
import { mediaFetcher } from "#configurations/media.ts";
import { createProviders, isNamedModel } from "#configurations/upstreams.ts";
import { createApp } from "#http/app.ts";
import { EventLoopLag } from "#integrations/telemetry/event-loop-lag.ts";
import { registerProcessMetrics } from "#integrations/telemetry/process-metrics.ts";
import { PrometheusRegistry } from "#integrations/telemetry/prometheus.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { commit, version } from "#platform/version.ts";
import type { Settings } from "#settings/settings.ts";

/** A composed gateway: its doors, and every part below them in the order they start. */
export interface Composition {
  readonly doors: Doors;
  readonly parts: readonly Part[];
}

/** One node on SQLite, with keys or, from loopback only, without: the personal and agent profiles, and team's core. */
export function composeBasic(settings: Settings, host: Host): Composition {
  const { clock, random, ids, log } = host;
  const registry = new PrometheusRegistry();
  registerProcessMetrics(registry, clock, {
    version,
    commit,
    bun: Bun.version,
    sqlite: process.versions["sqlite"] ?? "unknown",
  });
  const metricsText = () => registry.text();
  const meter = settings.metrics.enabled ? registry : nullMeter;

  const upstream = new UpstreamClient(clock);
  const { factsOf } = openCatalog(settings);
  const providers = createProviders(settings, { http: upstream, clock, digest: host.digest, facts: factsOf });
  const books = openBooks(settings, host, meter);
  const prices = embeddedPriceList();
  const isNamed = isNamedModel(settings.routes, providers, prices);
  const routing = new RoutingMeter(meter, isNamed);
  const usage = new UsageMeter(meter, routing.modelLabel);

  const gateway = new ModelGateway({
    clock,
    random,
    log,
    plan: new RoutePlan(settings.routes, providers),
    workMode: settings.gateway.workMode,
    providers,
    factsOf,
    toolLoop: {
      maxIterations: settings.agent.maxToolIterations,
      duplicateDetection: settings.agent.duplicateDetection,
    },
    memory: answerMemory(host),
    mediaFetcher: mediaFetcher(settings, upstream, clock),
    budget: new RetryBudget(clock),
    meter: routing,
    limits: {
      requestTimeoutMs: settings.gateway.requestTimeoutMs,
      maxRetries: settings.gateway.maxRetries,
      providerTimeoutMs: new Map(
        settings.providers.flatMap(({ name, timeoutMs }) => (timeoutMs ? [[name, timeoutMs]] : [])),
      ),
    },
    streamTotalTimeoutMs: settings.gateway.streamTotalTimeoutMs,
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
        administration: books.administration,
        clock,
        ids,
        log,
        meter,
        ...(settings.metrics.enabled ? { metricsText } : {}),
        health,
        limits: settings.gateway,
        loopbackOnly: !settings.gateway.auth.enabled,
        version,
      }),
    { healthy: () => books.bookkeeper.healthy(), metricsText },
  );
  const parts = [...books.parts, upstream, new EventLoopLag({ clock, meter }), doors];
  return { doors, parts };
}
