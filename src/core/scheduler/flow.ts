import { microsPerUnit } from "#core/scheduler/bucket.ts";
import type { Bottleneck } from "#core/scheduler/bottleneck.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** What flows through a bottleneck in one dimension. */
export type Dimension = "tokens" | "requests" | "slots";

/** One dimension of a bottleneck: how fast it serves, and how much is there at once. */
export interface Flow {
  /** Units in a thousand seconds. */
  readonly rateMilli: number;
  /** Millionths of a unit that may go at once; negative in debt. */
  readonly levelMicros: number;
  /** Millionths that must be there for a request to start. */
  readonly needMicros: number;
}

/** The flow of one dimension; undefined where nothing limits it, or nothing is known. Slots flow as fast as requests end. */
export function flowOf(nowUs: number, { resource, deployments }: Bottleneck, dimension: Dimension): Flow | undefined {
  if (resource !== undefined) return flowThrough(nowUs, resource, dimension, meanServiceUs(deployments));
  let [rateMilli, levelMicros, needMicros] = [0, 0, 0];
  const meanUs = meanServiceUs(deployments);
  const usable = deployments.some((deployment) => isUsable(nowUs, deployment));
  for (const deployment of deployments) {
    if (usable && !isUsable(nowUs, deployment)) continue;
    const flow = narrowest(nowUs, deployment, dimension, meanUs);
    if (flow === undefined) return undefined;
    rateMilli += flow.rateMilli;
    levelMicros += flow.levelMicros;
    needMicros = flow.needMicros;
  }
  return { rateMilli, levelMicros, needMicros };
}

/** Mean time that a request takes at these deployments; 0 when none has ended yet. */
export function meanServiceUs(deployments: readonly ScheduledDeployment[]): number {
  let [sum, count] = [0, 0];
  for (const { meanServiceUs: mean } of deployments) {
    if (mean === 0) continue;
    sum += mean;
    count += 1;
  }
  return count === 0 ? 0 : Math.floor(sum / count);
}

function isUsable(nowUs: number, { health, pausedUntilUs }: ScheduledDeployment): boolean {
  return health !== "open" && pausedUntilUs <= nowUs;
}

/** One that has not ended anything yet is taken for as fast as the others, `meanUs`. */
function narrowest(
  nowUs: number,
  deployment: ScheduledDeployment,
  dimension: Dimension,
  meanUs: number,
): Flow | undefined {
  const { ceiling, inFlight } = deployment;
  const serviceUs = deployment.meanServiceUs === 0 ? meanUs : deployment.meanServiceUs;
  let narrow = dimension === "slots" && ceiling !== undefined ? slots(ceiling, inFlight, serviceUs) : undefined;
  for (const resource of deployment.resources) {
    const flow = flowThrough(nowUs, resource, dimension, serviceUs);
    if (flow !== undefined && (narrow === undefined || flow.rateMilli < narrow.rateMilli)) narrow = flow;
  }
  const { told } = deployment;
  if (narrow === undefined || told === undefined || dimension === "slots") return narrow;
  return { ...narrow, levelMicros: Math.min(narrow.levelMicros, told.levelMicros(nowUs, dimension)) };
}

function flowThrough(nowUs: number, resource: Resource, dimension: Dimension, serviceUs: number): Flow | undefined {
  if (dimension === "slots") {
    return resource.concurrent === undefined ? undefined : slots(resource.concurrent, resource.inFlight, serviceUs);
  }
  const bucket = resource[dimension];
  if (bucket.currentRate === undefined) return undefined;
  const needMicros = dimension === "tokens" ? 1 : microsPerUnit;
  return { rateMilli: bucket.currentRate * 1000, levelMicros: bucket.levelMicros(nowUs), needMicros };
}

function slots(limit: number, inFlight: number, serviceUs: number): Flow | undefined {
  if (serviceUs === 0) return undefined;
  const rateMilli = Math.ceil((limit * 1_000_000_000) / serviceUs);
  return { rateMilli, levelMicros: (limit - inFlight) * microsPerUnit, needMicros: microsPerUnit };
}
