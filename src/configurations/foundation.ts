import type { AnswerMemory } from "#core/answer-memory.ts";
import { MoneyMeter } from "#core/budgets/money-meter.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import { UsageMeter } from "#core/ledger/usage-meter.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";
import { RoutingMeter } from "#core/routing/routing-meter.ts";
import { answerMemory, responseStore } from "#configurations/answer-memory.ts";
import { type Books, openBooks } from "#configurations/books.ts";
import { composeLadder } from "#configurations/degradation.ts";
import type { Host } from "#configurations/host.ts";
import { composeLogin } from "#configurations/login.ts";
import { type Metrics, openMetrics } from "#configurations/metrics.ts";
import { composeScheduling, type Scheduling } from "#configurations/scheduling.ts";
import { isNamedModel } from "#configurations/upstreams.ts";
import { DoorState } from "#http/door-state.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import type { Settings } from "#settings/settings.ts";

/** What a process has once, whatever its configuration becomes: books, counts, connections, and all that remembers. */
export interface Foundation {
  readonly host: Host;
  readonly metrics: Metrics;
  readonly books: Books;
  readonly upstream: UpstreamClient;
  readonly ladder: DegradationLadder;
  readonly scheduling: Scheduling;
  readonly routing: RoutingMeter;
  readonly usage: UsageMeter;
  readonly moneyMeter: MoneyMeter;
  readonly retryBudget: RetryBudget;
  readonly memory: AnswerMemory;
  readonly responses: ResponseStore;
  readonly login: ReturnType<typeof composeLogin>;
  readonly doorState: DoorState;
  /** What of it follows the settings in force; nothing where they are those of the start. */
  follow(settings: Settings): void;
}

/** Builds what lasts. Whatever it reads of the settings is settled for good, or set by `follow`; see `fixedKeys`. */
export function layFoundation(settings: Settings, host: Host): Foundation {
  const { clock, log } = host;
  const metrics = openMetrics(settings, clock);
  const { meter } = metrics;
  const books = openBooks(settings, host, meter);
  let { mail } = settings;
  let isNamed = isNamedModel(settings, books.priceBook.current());
  const routing = new RoutingMeter(meter, (model) => isNamed(model));
  const { modelLabel } = routing;
  const ladder = composeLadder(settings, { host, metrics, neighbours: books.neighbours });
  const { maxConcurrentRequests } = settings.gateway;
  const doorState = new DoorState({ clock, log, maxConcurrentRequests, ladder });
  const retryBudget = new RetryBudget(clock);
  metrics.onRead(() => routing.budgetLeft(retryBudget.ratio));
  return {
    host,
    metrics,
    books,
    upstream: new UpstreamClient(clock),
    ladder,
    scheduling: composeScheduling(settings, { host, metrics, modelLabel, quotas: books.stores.identity }),
    routing,
    usage: new UsageMeter(meter, modelLabel),
    moneyMeter: new MoneyMeter(meter, log),
    retryBudget,
    memory: answerMemory(host),
    responses: responseStore(settings, clock),
    login: composeLogin(() => mail, host, books),
    doorState,
    follow(now) {
      ({ mail } = now);
      isNamed = isNamedModel(now, books.priceBook.current());
      doorState.running.maxConcurrentRequests = now.gateway.maxConcurrentRequests;
      host.setLogLevel(now.logLevel);
    },
  };
}
