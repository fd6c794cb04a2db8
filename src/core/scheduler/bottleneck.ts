import type { Lane } from "#core/scheduler/lane.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** Something that may hold up a lane: all its deployments together, or a resource that they all draw on. */
export interface Bottleneck {
  readonly deployments: readonly ScheduledDeployment[];
  /** Undefined for the deployments together. */
  readonly resource: Resource | undefined;
  /** Lanes whose requests compete here, with the thousandths of them that are thought to come this way. */
  readonly rivals: readonly { readonly lane: Lane; readonly permille: number }[];
}

/** What may hold up this lane, among these lanes. */
export function bottlenecksOf(lane: Lane, lanes: Iterable<Lane>): readonly Bottleneck[] {
  const own = { deployments: lane.deployments, resource: undefined, rivals: rivalsFor(lane.deployments, lanes) };
  const shared = (lane.deployments[0]?.resources ?? []).filter(
    (resource) =>
      resource.deployments.length > lane.deployments.length &&
      lane.deployments.every((deployment) => deployment.resources.includes(resource)),
  );
  return [
    own,
    ...shared.map((resource) => ({
      deployments: resource.deployments,
      resource,
      rivals: rivalsFor(resource.deployments, lanes),
    })),
  ];
}

function rivalsFor(deployments: readonly ScheduledDeployment[], lanes: Iterable<Lane>): Bottleneck["rivals"] {
  return [...lanes]
    .map((lane) => {
      const here = lane.deployments.filter((deployment) => deployments.includes(deployment)).length;
      return { lane, permille: Math.floor((1000 * here) / Math.max(1, lane.deployments.length)) };
    })
    .filter(({ permille }) => permille > 0);
}
