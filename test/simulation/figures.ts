import { poisson } from "./arrivals.ts";
import { drawChart } from "./chart.ts";
import { cloggedFigure, drawClogged } from "./clogged-figure.ts";
import { goodputAt } from "./goodput.ts";
import { jainIndex, percentile, serviceBy, startedIn, sum, waitsUs } from "./measures.ts";
import { measured, mixed, scene, secondUs, timesCapacity, tokensPerSecond } from "./scene.ts";
import { drawTrace, traceFigure } from "./trace-figure.ts";

/** A page of `docs/scheduling`. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const seed = 2_026;
const loads = [0.5, 0.8, 1, 1.5, 2, 3, 5, 7, 10];
const levels = Array.from({ length: 10 }, (_, level) => level);

/** Everything that is measured and drawn. The same on every machine: nothing here depends on its clock or its library. */
export async function figurePages(): Promise<Page[]> {
  const [goodput, waits, tenants] = [goodputFigure(), waitFigure(), tenantFigure()];
  const [trace, sharedStore] = [traceFigure(seed), await cloggedFigure(seed)];
  const numbers = {
    seed,
    tokensPerSecond,
    measuredSeconds: (measured.untilUs - measured.fromUs) / secondUs,
    goodput,
    waits,
    tenants,
    trace,
    sharedStore,
  };
  return [
    { path: "docs/scheduling/simulation.json", text: `${JSON.stringify(numbers, undefined, 2)}\n` },
    { path: "docs/scheduling/goodput.svg", text: drawGoodput(goodput) },
    { path: "docs/scheduling/wait-by-level.svg", text: drawWaits(waits) },
    { path: "docs/scheduling/share-by-tenant.svg", text: drawTenants(tenants) },
    { path: "docs/scheduling/trace.svg", text: drawTrace(trace) },
    { path: "docs/scheduling/shared-store.svg", text: drawClogged(sharedStore) },
  ];
}

interface GoodputFigure {
  readonly load: readonly number[];
  /** Thousandths of capacity. */
  readonly scheduledPermille: readonly number[];
  readonly plainQueuePermille: readonly number[];
}

function goodputFigure(): GoodputFigure {
  const at = (load: number, admitsAll: boolean): number =>
    Math.round(1_000 * goodputAt({ load, scarce: "tokens", seed, admitsAll }));
  return {
    load: loads,
    scheduledPermille: loads.map((load) => at(load, false)),
    plainQueuePermille: loads.map((load) => at(load, true)),
  };
}

interface WaitFigure {
  readonly offeredTimesCapacity: number;
  readonly level: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
  /** Thousandths of those that came which were let in. */
  readonly admittedPermille: readonly number[];
}

/** Ten levels that ask for a fifth of capacity each: twice what there is. */
function waitFigure(): WaitFigure {
  const simulation = scene(seed);
  const window = { fromUs: 60 * secondUs, untilUs: 660 * secondUs };
  for (const level of levels) {
    poisson(simulation, { fromUs: 0, untilUs: window.untilUs, perSecond: timesCapacity(0.2) }, () => {
      simulation.send(mixed(simulation, `t${simulation.draws.integer(0, 7)}`, level));
    });
  }
  simulation.run(window.untilUs + 100 * secondUs);
  const ofLevel = levels.map((level) => simulation.fates.filter(({ request }) => request.level === level));
  const waits = ofLevel.map((fates) => waitsUs(fates, window));
  const arrived = ofLevel.map(
    (fates) => fates.filter(({ arrivedUs }) => arrivedUs >= window.fromUs && arrivedUs < window.untilUs).length,
  );
  return {
    offeredTimesCapacity: 2,
    level: levels,
    p50Ms: waits.map((sorted) => Math.round(percentile(sorted, 50) / 1_000)),
    p99Ms: waits.map((sorted) => Math.round(percentile(sorted, 99) / 1_000)),
    admittedPermille: waits.map((sorted, level) => Math.round((1_000 * sorted.length) / (arrived[level] ?? 1))),
  };
}

interface TenantFigure {
  readonly tenant: readonly string[];
  readonly offeredPermille: readonly number[];
  readonly servedPermille: readonly number[];
  /** Of what is served, times a thousand. */
  readonly jainPermille: number;
}

/** Six tenants of one level and weight that all ask for more than their share; the first sends a hundred times more. */
function tenantFigure(): TenantFigure {
  const tenants = ["greedy", "b", "c", "d", "e", "f"];
  const simulation = scene(seed, undefined, { costPermille: { input: 1_000, cached: 1_000, output: 1_000 } });
  for (const [index, tenant] of tenants.entries()) {
    const perSecond = timesCapacity(0.25) * (index === 0 ? 100 : 1);
    poisson(simulation, { fromUs: 0, untilUs: measured.untilUs, perSecond }, () =>
      simulation.send(mixed(simulation, tenant, 5)),
    );
  }
  simulation.run(measured.untilUs);
  const served = serviceBy(startedIn(simulation.fates, measured), measured, ({ request }) => request.tenant);
  const sent = tenants.map((tenant) => simulation.fates.filter(({ request }) => request.tenant === tenant).length);
  const services = tenants.map((tenant) => served.get(tenant) ?? 0);
  return {
    tenant: tenants,
    offeredPermille: sent.map((count) => Math.round((1_000 * count) / sum(sent))),
    servedPermille: services.map((tokens) => Math.round((1_000 * tokens) / sum(services))),
    jainPermille: Math.round(1_000 * jainIndex(services)),
  };
}

function drawGoodput({ load, scheduledPermille, plainQueuePermille }: GoodputFigure): string {
  return drawChart({
    title: "Answered while somebody still waited",
    kind: "line",
    axis: load.map((times) => `${times}x`),
    axisTitle: "offered load, in multiples of capacity",
    valueTitle: "% of capacity",
    marks: [0, 20, 40, 60, 80, 100],
    series: [
      { name: "the scheduler", values: scheduledPermille.map((permille) => permille / 10) },
      { name: "a queue that admits everyone", values: plainQueuePermille.map((permille) => permille / 10) },
    ],
  });
}

function drawWaits({ level, p50Ms, p99Ms }: WaitFigure): string {
  return drawChart({
    title: "Wait by level at twice the capacity, every level asking for a fifth of it",
    kind: "bar",
    axis: level.map((number) => `P${number}`),
    axisTitle: "level, the most urgent first",
    valueTitle: "seconds",
    marks: [0, 0.01, 0.1, 1, 10, 100],
    equalSteps: true,
    series: [
      { name: "half wait less", values: p50Ms.map((waitMs) => waitMs / 1_000) },
      { name: "99 of 100 wait less", values: p99Ms.map((waitMs) => waitMs / 1_000) },
    ],
  });
}

function drawTenants({ tenant, offeredPermille, servedPermille, jainPermille }: TenantFigure): string {
  return drawChart({
    title: `Share by tenant, one asking a hundred times more (Jain index ${(jainPermille / 1_000).toFixed(3)})`,
    kind: "bar",
    axis: tenant,
    axisTitle: "tenant, all of one level and weight",
    valueTitle: "% of all",
    marks: [0, 20, 40, 60, 80, 100],
    series: [
      { name: "asked for", values: offeredPermille.map((permille) => permille / 10) },
      { name: "served", values: servedPermille.map((permille) => permille / 10) },
    ],
  });
}
